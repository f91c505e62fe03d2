import type { Config } from '../config/config-schema.ts';
import { findPrivateRedis } from './private-redis.ts';

/** The Redis that an agent with this configuration serves: REDIS_URL, else a private one that runs. */
export async function findRedisUrl(config: Config): Promise<string | undefined> {
  return config.redisUrl ?? (await findPrivateRedis(config.dataDir));
}
