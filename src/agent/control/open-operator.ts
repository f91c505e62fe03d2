import { type AuditLog, createAuditLog } from '../../access/audit-log.ts';
import { createSessionStore, type SessionStore } from '../../access/session-store.ts';
import { createTokenStore, type TokenStore } from '../../access/token-store.ts';
import type { AnyRedis } from '../../support/any-redis.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { findRedisUrl } from '../redis/find-redis-url.ts';
import { readCa } from '../redis/read-ca.ts';

/** What an operator looks after in the Redis that agents serve. */
export interface Operator {
  /** Who may use HTTP. */
  readonly tokens: TokenStore;
  /** Who is logged in to the dashboard. */
  readonly sessions: SessionStore;
  /** Who did what. */
  readonly audit: AuditLog;
  close(): void;
}

/** @throws ExecError RUNTIME_UNAVAILABLE when no Redis is reachable */
export async function openOperator(config: Config, logger: Logger): Promise<Operator> {
  const { redis } = await openOperatorRedis(config, logger);
  return {
    tokens: createTokenStore(redis, config.keyPrefix),
    sessions: createSessionStore(redis, config.keyPrefix),
    audit: createAuditLog(redis, config.keyPrefix, { kept: config.auditKept, logger }),
    close: () => redis.disconnect(),
  };
}

const connectMs = 5000;

/** @throws ExecError RUNTIME_UNAVAILABLE when none is known or reachable */
export async function openOperatorRedis(
  config: Config,
  logger: Logger,
): Promise<{ readonly redis: AnyRedis; readonly url: string }> {
  const url = await findRedisUrl(config);
  if (url === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `No agent was found: EXEC_URL and REDIS_URL are not set, there is no current context, and no private Redis runs for the data directory ${config.dataDir}. ` +
        'Start an agent with "exec-agent serve", or name one with "exec-agent login URL", EXEC_URL or REDIS_URL.',
    );
  const ca = await readCa(config);
  return {
    redis: await connectRedis({ url, ca, name: 'exec-agent-operator', connectMs, failFast: true, logger }),
    url,
  };
}
