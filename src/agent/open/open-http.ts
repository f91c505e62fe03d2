import type { Redis } from 'ioredis';
import { createAuditLog } from '../../access/audit-log.ts';
import { createTokenStore } from '../../access/token-store.ts';
import type { HttpOptions } from '../../gateways/http/http-options.ts';
import { type HttpGateway, openHttpGateway } from '../../gateways/http/open-http-gateway.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';
import { httpLimits } from '../config/http-limits.ts';

type Parts = Pick<
  HttpOptions,
  'queue' | 'liveLog' | 'registry' | 'images' | 'store' | 'admit' | 'answerTo' | 'trouble' | 'metrics' | 'events'
>;

/** The HTTP gateway where the configuration wants one. */
export async function openHttp(
  config: Config,
  parts: Parts,
  redis: Redis,
  logger: Logger,
): Promise<HttpGateway | undefined> {
  if (config.port === 'off') return undefined;
  const { keyPrefix, controlChannel } = config;
  const audit = createAuditLog(redis, keyPrefix, { kept: config.auditKept, logger });
  return openHttpGateway(
    { host: config.httpHost, port: config.port },
    {
      ...parts,
      tokens: createTokenStore(redis, keyPrefix),
      audit,
      cancel: async (id) => {
        await parts.queue.askToCancel(id);
        await redis.publish(controlChannel, JSON.stringify({ cancel: id }));
      },
      isConnected: () => redis.status === 'ready',
      responseChannel: config.responseChannel,
      servicePort: config.servicePort,
      corsOrigins: config.httpCors ?? [],
      sharedObjects: config.sharedObjects ?? [],
      limits: httpLimits(config),
      clock: systemClock,
      logger,
    },
  );
}
