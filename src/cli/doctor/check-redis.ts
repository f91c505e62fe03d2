import type { Config } from '../../agent/config/config-schema.ts';
import { connectRedis } from '../../agent/redis/connect-redis.ts';
import { findMissingRights } from '../../agent/redis/find-missing-rights.ts';
import { findRedisUrl } from '../../agent/redis/find-redis-url.ts';
import { readCa } from '../../agent/redis/read-ca.ts';
import { messageOf } from '../../support/exec-error.ts';
import { withoutPassword } from '../../support/text/without-password.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { redisCliOf } from '../output/redis-cli.ts';
import type { Check } from './check.ts';

const section = 'Redis';
const common = { connectMs: 3000, logger: createSilentLogger() };

export async function checkRedis(
  config: Config,
  { canStartOne }: { readonly canStartOne: boolean },
): Promise<readonly Check[]> {
  const url = await findRedisUrl(config);
  if (url === undefined) return [privateCheck(canStartOne)];
  const name = config.redisUrl === undefined ? 'private' : 'REDIS_URL';
  try {
    const redis = await connectRedis({ url, ca: await readCa(config), name: 'exec-agent-doctor', ...common });
    try {
      const missing = await findMissingRights(redis, config);
      if (missing.length > 0) return [rightsCheck(name, missing)];
      const info = await redis.info();
      const detail = `Redis ${fieldOf(info, 'redis_version') ?? ''} at ${withoutPassword(url)}  (${redisCliOf(url)})`;
      return [{ section, name, state: 'ok', detail }, ...durabilityChecks(info)];
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    return [{ section, name, state: 'bad', detail: messageOf(error) }];
  }
}

function rightsCheck(name: string, missing: readonly string[]): Check {
  return {
    section,
    name,
    state: 'bad',
    detail: `the user of ${name} lacks rights that an agent needs: ${missing.join(' ')}`,
    cure: `As an administrator of Redis, run ACL SETUSER with the name of the user and ${missing.length > 1 ? 'these rules' : 'this rule'}, or use deploy/redis/users.acl.`,
  };
}

function privateCheck(canStartOne: boolean): Check {
  if (canStartOne)
    return {
      section,
      name: 'private',
      state: 'ok',
      detail: 'REDIS_URL is not set: "serve" starts a private redis-server',
    };
  return {
    section,
    name: 'private',
    state: 'bad',
    detail: 'REDIS_URL is not set, and redis-server is not installed: "serve" cannot start, "run" works',
    cure: 'Set REDIS_URL, or install redis-server.',
  };
}

function durabilityChecks(info: string): readonly Check[] {
  const checks: Check[] = [];
  if (fieldOf(info, 'aof_enabled') === '0')
    checks.push({
      section,
      name: 'durability',
      state: 'warn',
      detail: 'the append-only file is off: queued requests are lost if Redis crashes',
      cure: 'redis-cli CONFIG SET appendonly yes, and in redis.conf.',
    });
  const policy = fieldOf(info, 'maxmemory_policy');
  if (fieldOf(info, 'maxmemory') !== '0' && policy !== undefined && policy !== 'noeviction')
    checks.push({
      section,
      name: 'eviction',
      state: 'warn',
      detail: `maxmemory-policy is ${policy}: a full Redis deletes executions`,
      cure: 'redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf.',
    });
  return checks;
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
