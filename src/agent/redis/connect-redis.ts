import { Redis, type RedisOptions } from 'ioredis';
import type { AnyRedis } from '../../support/any-redis.ts';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { withoutPassword } from '../../support/text/without-password.ts';
import { settlesWithin } from '../../support/time/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';
import { parseClusterUrl } from '../../wire/redis-address.ts';
import { createCluster } from './create-cluster.ts';

export interface RedisConnection {
  /**
   * `redis://`, `rediss://`, `unix:///path`, `redis+sentinel://host:port,host:port/master-name`, or
   * `redis+cluster://host:port,host:port` (`rediss+cluster://` with TLS).
   */
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string | undefined;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** How long the first connection may take, in milliseconds; later ones are tried for ever. */
  readonly connectMs: number;
  /** The first connection is tried once: a refused one fails at once, for a person waits for it. */
  readonly failFast?: boolean;
  /** Aborted: a connection that is lost does not come back, and what waits for it fails. */
  readonly giveUp?: AbortSignal;
  readonly logger: Logger;
}

const slowestRetryMs = 2000;

/**
 * Opens a connection that reconnects by itself; commands wait meanwhile.
 * @throws ExecError RUNTIME_UNAVAILABLE when Redis does not respond in time to the first connection
 */
export async function connectRedis({
  url,
  ca,
  name,
  connectMs,
  failFast = false,
  giveUp,
  logger,
}: RedisConnection): Promise<AnyRedis> {
  const retryMs = (attempt: number) => (giveUp?.aborted === true ? null : Math.min(25 * 2 ** attempt, slowestRetryMs));
  const cluster = parseClusterUrl(url);
  const redis =
    cluster === undefined
      ? createClient(url, {
          connectionName: name,
          lazyConnect: true,
          maxRetriesPerRequest: null,
          retryStrategy: retryMs,
          // After a failover the former master refuses to write: connecting again finds the new one.
          reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
          ...(ca === undefined ? {} : { tls: { ca } }),
        })
      : createCluster(cluster, { ca, name, retryMs });
  let problem = 'no response';
  let isReady = false;
  const ready = new Promise<void>((resolve) => redis.once('ready', resolve));
  const failed = new Promise<void>((resolve) => {
    redis.on('error', (error: Error) => {
      // Several addresses of a host fail with an error that has no message.
      problem = problemOf(error) || (errnoOf(error) ?? problem);
      if (isReady || !failFast) logger.warn({ problem }, 'Redis is away');
      else resolve();
    });
  });
  // A failed first try is tried again by the retry strategy; only the time decides.
  redis.connect().catch(() => undefined);
  const settled = await settlesWithin(failFast ? Promise.race([ready, failed]) : ready, connectMs);
  isReady = settled && redis.status === 'ready';
  if (isReady) return redis;
  redis.disconnect();
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `Redis at ${withoutPassword(url)} cannot be reached: ${problem}. Start it, or correct REDIS_URL; without REDIS_URL a private one is started.`,
  );
}

/** A cluster that cannot be reached names the problem of the node that was tried last. */
function problemOf(error: Error): string {
  const ofNode = 'lastNodeError' in error ? error.lastNodeError : undefined;
  return ofNode instanceof Error ? ofNode.message : error.message;
}

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

function createClient(url: string, options: ClientOptions): Redis {
  if (url.startsWith('unix://')) return new Redis(url.slice('unix://'.length), options);
  const sentinel = /^redis\+sentinel:\/\/(?:(?<user>[^:@]*):(?<password>[^@]*)@)?(?<hosts>[^/]+)\/(?<name>[^/]+)$/.exec(
    url,
  );
  const { hosts, name, user, password } = sentinel?.groups ?? {};
  if (hosts === undefined || name === undefined) return new Redis(url, options);
  const sentinels = hosts.split(',').map((host) => {
    const [address = '', port = '26379'] = host.split(':');
    return { host: address, port: Number(port) };
  });
  const login = {
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
  return new Redis({ ...options, ...login, sentinels, name });
}
