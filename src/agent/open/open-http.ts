import { createAuditLog } from '../../access/audit-log.ts';
import { createSessionStore } from '../../access/session-store.ts';
import { createTokenStore } from '../../access/token-store.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import type { HttpOptions } from '../../gateways/http/http-options.ts';
import { type HttpServer, openHttpServer } from '../../http/server/open-http-server.ts';
import type { AnyRedis } from '../../support/any-redis.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { AgentMetrics, ServiceUse } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { ServiceList } from '../../wire/http/operation.ts';
import type { Config } from '../config/config-schema.ts';
import { describeServices } from '../config/describe-services.ts';
import { httpLimits } from '../config/http-limits.ts';
import { listSettings } from '../config/list-settings.ts';
import type { GatewayParts } from './open-gateways.ts';

type Parts = Pick<
  HttpOptions,
  | 'queue'
  | 'liveLog'
  | 'registry'
  | 'images'
  | 'scans'
  | 'store'
  | 'draft'
  | 'admit'
  | 'policy'
  | 'answerTo'
  | 'events'
  | 'eventHistory'
> & {
  readonly gateways: readonly Gateway<GatewayParts>[];
  readonly metrics: Pick<AgentMetrics, 'answered' | 'text' | 'serviceUse'>;
  readonly trouble: () => Promise<string | undefined>;
  readonly tracing: Tracing | undefined;
};

/** The HTTP server with all that is plugged into it, where the configuration wants one. */
export async function openHttp(
  config: Config,
  parts: Parts,
  redis: AnyRedis,
  logger: Logger,
): Promise<HttpServer | undefined> {
  if (config.port === 'off') return undefined;
  const { keyPrefix, controlChannel } = config;
  const limits = httpLimits(config);
  const isConnected = () => redis.status === 'ready';
  const tokens = createTokenStore(redis, keyPrefix);
  const gatewayParts: GatewayParts = {
    ...parts,
    tokens,
    tesNetwork: config.tesNetwork,
    cancel: async (id) => {
      await parts.queue.askToCancel(id);
      await redis.publish(controlChannel, JSON.stringify({ cancel: id }));
    },
    responseChannel: config.responseChannel,
    servicePort: config.servicePort,
    sharedObjects: config.sharedObjects ?? [],
    limits,
    clock: systemClock,
  };
  const audit = createAuditLog(redis, keyPrefix, { kept: config.auditKept, logger });
  const sessions = createSessionStore(redis, keyPrefix);
  const dashboard = config.dashboard
    ? { sessions, tokens, audit, base: config.httpBase, isConnected, clock: systemClock }
    : undefined;
  return openHttpServer(
    { host: config.httpHost, port: config.port },
    {
      loadModules: async () =>
        (await import('./http-modules.ts')).httpModules({
          ...parts,
          audit,
          access: { tokens, sessions, clock: systemClock },
          operation: { settings: () => listSettings(config), services: () => servicesOf(config, parts.metrics) },
          gatewayParts,
          dashboard,
          base: config.httpBase,
          isConnected,
          isPaused: parts.queue.isPaused,
        }),
      tokens,
      audit,
      metrics: parts.metrics,
      tracing: parts.tracing,
      isConnected,
      corsOrigins: config.httpCors ?? [],
      base: config.httpBase,
      limits,
      clock: systemClock,
      logger,
    },
  );
}

/** What is offered, with what was used of it; a service of the past is not listed. */
async function servicesOf(config: Config, metrics: Pick<AgentMetrics, 'serviceUse'>): Promise<ServiceList['services']> {
  const used = await metrics.serviceUse();
  return describeServices(config).map((service) => ({ ...service, ...(used.get(service.name) ?? unused) }));
}

const unused: ServiceUse = { calls: 0, errors: 0, tokens: 0 };
