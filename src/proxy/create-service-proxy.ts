import { ExecError } from '../support/exec-error.ts';
import type { Logger } from '../telemetry/log.ts';
import { plainText } from '../wire/sentence.ts';
import type { ServiceHandler } from './call.ts';
import { gatherWrites } from './http/gather-writes.ts';
import { createDeadlineChecks } from './http/time/check-deadlines.ts';
import { defaultProxyLimits, type ProxyLimits } from './proxy-limits.ts';
import { type Describe, type Grant, openSession, type ProxySession } from './proxy-session.ts';
import type { RedisChannels, ServiceDefinition } from './service-definition.ts';
import { answerWithAi } from './services/ai/answer-with-ai.ts';
import { answerOverRedis } from './services/answer-over-redis.ts';
import { passToHttp } from './services/pass-to-http.ts';

export interface ServiceProxyOptions {
  readonly services: readonly ServiceDefinition[];
  /** For services of kind `redis`. */
  readonly redis?: RedisChannels;
  readonly limits?: Partial<ProxyLimits>;
  readonly logger: Logger;
}

/** What containers call in place of a network. */
export interface ServiceProxy {
  /** What can be granted. */
  readonly services: readonly ServiceFacts[];
  open(grant: Grant, describe?: Describe): ProxySession;
  /** Every session and every connection. */
  close(): Promise<void>;
}

export interface ServiceFacts {
  readonly name: string;
  readonly kind: ServiceDefinition['kind'];
  /** Whether a budget of tokens means anything. */
  readonly countsTokens: boolean;
}

const serviceName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** @throws ExecError INVALID_REQUEST when a service is not defined well, naming it */
export function createServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  const { logger } = options;
  const limits: ProxyLimits = { ...defaultProxyLimits, ...options.limits };
  const onFault = (error: unknown) => logger.error({ err: error }, 'the service proxy failed');
  const parts = {
    limits,
    deadlines: createDeadlineChecks(limits.checkMs, onFault),
    gathering: gatherWrites(),
    onFault,
  };
  const handlers = new Map<string, ServiceHandler>();
  const sessions = new Set<ProxySession>();

  for (const service of options.services) {
    const { name } = service;
    if (!serviceName.test(name) || name === 'health') throw cannotOffer(name, 'its name cannot be part of a path');
    if (handlers.has(name)) throw cannotOffer(name, 'there are two of that name');
    handlers.set(name, handlerOf(service));
  }

  function handlerOf(service: ServiceDefinition): ServiceHandler {
    switch (service.kind) {
      case 'http':
        return passToHttp(service.name, service.target, parts);
      case 'ai':
        return answerWithAi(service, parts);
      case 'redis': {
        const { redis } = options;
        if (redis === undefined) throw cannotOffer(service.name, 'it needs Redis');
        const elsewhere = service.elsewhere && passToHttp(service.name, service.elsewhere, parts);
        return answerOverRedis(service, { redis, limits, logger, elsewhere });
      }
    }
  }

  return {
    services: options.services.map(({ name, kind }) => {
      return { name, kind, countsTokens: handlers.get(name)?.countsTokens ?? false };
    }),
    open(grant, describe = plainText) {
      const session = openSession(grant, {
        ...parts,
        describe,
        handlers,
        logger,
        onClose: (one) => sessions.delete(one),
      });
      sessions.add(session);
      return session;
    },
    async close() {
      await Promise.all([...sessions].map((session) => session.close()));
      await Promise.all([...handlers.values()].map((handler) => handler.close()));
    },
  };
}

function cannotOffer(name: string, reason: string): ExecError {
  return new ExecError('INVALID_REQUEST', `The service "${name}" cannot be offered: ${reason}.`);
}
