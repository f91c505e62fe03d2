import { readFile } from 'node:fs/promises';
import { createServiceProxy, type ServiceProxy } from '../../proxy/create-service-proxy.ts';
import type { AiProvider, HttpTarget, RedisChannels, ServiceDefinition } from '../../proxy/service-definition.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';
import type { NamedService, NamedTarget } from '../config/named-services.ts';

/**
 * The proxy with the services that are configured: `data` and `ai` in any case.
 * @throws ExecError INVALID_REQUEST naming the service that cannot be offered and why
 */
export async function openServices(config: Config, redis: RedisChannels, logger: Logger): Promise<ServiceProxy> {
  const services = await defineServices(config);
  const answerMs = config.serviceAnswerSeconds * 1000;
  return createServiceProxy({
    services,
    redis,
    logger,
    limits: {
      replyTimeoutMs: config.serviceReplySeconds * 1000,
      upstreamAnswerMs: answerMs,
      upstreamIdleMs: answerMs,
      bodyBytes: config.serviceBodyBytes,
      queryBytes: config.serviceQueryBytes,
      replyBytes: config.serviceReplyBytes,
      connectionsPerSession: config.serviceConnections,
    },
  });
}

/** The configured services, with the secrets that the configuration refers to. */
async function defineServices(config: Config): Promise<readonly ServiceDefinition[]> {
  const named = config.services ?? {};
  const usual = [overRedis('data', config.dataServiceUrl), usualAi(config)];
  const own = await Promise.all(Object.entries(named).map(([name, service]) => define(name, service)));
  return [...usual.filter(({ name }) => !Object.hasOwn(named, name)), ...own];
}

function overRedis(name: string, url: string | undefined): ServiceDefinition {
  return { kind: 'redis', name, ...(url === undefined ? {} : { elsewhere: { url } }) };
}

function usualAi({ aiServiceUrl, aiUrl, aiKey, aiModel, aiProvider }: Config): ServiceDefinition {
  if (aiUrl === undefined) return overRedis('ai', aiServiceUrl);
  const provider: AiProvider = {
    url: aiUrl,
    ...(aiModel === undefined ? {} : { model: aiModel }),
    ...(aiKey === undefined ? {} : { credentials: [{ header: 'authorization', value: `Bearer ${aiKey}` }] }),
  };
  return { kind: 'ai', name: 'ai', providers: { [aiProvider]: provider }, defaultProvider: aiProvider };
}

async function define(name: string, service: NamedService): Promise<ServiceDefinition> {
  const read = (path: string) => readSecret(name, path);
  switch (service.kind) {
    case 'http':
      return { kind: 'http', name, target: { ...(await targetOf(service, read)), countsTokens: service.countsTokens } };
    case 'redis': {
      const { requestChannel, responseChannel, replySeconds, elsewhere } = service;
      return {
        kind: 'redis',
        name,
        requestChannel,
        responseChannel,
        ...(replySeconds === undefined ? {} : { replyTimeoutMs: replySeconds * 1000 }),
        ...(elsewhere === undefined ? {} : { elsewhere: await targetOf(elsewhere, read) }),
      };
    }
    case 'ai': {
      const providers = await Promise.all(
        Object.entries(service.providers).map(async ([key, { model, ...target }]) => {
          return [key, { ...(await targetOf(target, read)), model }] as const;
        }),
      );
      return { kind: 'ai', name, providers: Object.fromEntries(providers), defaultProvider: service.defaultProvider };
    }
  }
}

type Read = (path: string) => Promise<string>;

async function targetOf({ url, credentials, caFile, methods, paths }: NamedTarget, read: Read): Promise<HttpTarget> {
  const resolved = credentials?.map(async ({ header, value, file, prefix = '' }) => {
    return { header, value: `${prefix}${file === undefined ? value : (await read(file)).trim()}` };
  });
  return {
    url,
    methods,
    paths,
    ...(resolved === undefined ? {} : { credentials: await Promise.all(resolved) }),
    ...(caFile === undefined ? {} : { ca: await read(caFile) }),
  };
}

async function readSecret(service: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `The service "${service}" needs ${path}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}
