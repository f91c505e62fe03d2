import type { Redis } from 'ioredis';
import { queueKeys } from '../../src/queue/keys.ts';

const sampled = 50;

/** Bytes of the keys of one finished execution, by Redis's own count: medians of the last ones. */
export async function measureKeys(redis: Redis, prefix: string) {
  const keys = queueKeys(prefix);
  const ids = await redis.zrange(keys.finished, String(-sampled), '-1');
  const median = async (keyOf: (id: string) => string | Promise<string>) => {
    const sizes = await Promise.all(ids.map(async (id) => Number(await redis.memory('USAGE', await keyOf(id))) || 0));
    return sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
  };
  return {
    record: await median((id) => keys.execution(id)),
    correlation: await median(async (id) => (await redis.hget(keys.execution(id), 'correlation')) ?? ''),
    live_log: await median((id) => keys.liveLog(id)),
    indexes: await bytesInIndexes(redis, keys.base),
  };
}

/** What an execution adds to the sorted sets that it is in. */
async function bytesInIndexes(redis: Redis, base: string): Promise<number> {
  const all = await redis.zcard(`${base}:index:all`);
  if (all === 0) return 0;
  let bytes = 0;
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', `${base}:index:*`, 'COUNT', 1000);
    cursor = next;
    const sizes = await Promise.all(names.map((name) => redis.memory('USAGE', name, 'SAMPLES', 0)));
    bytes += sizes.reduce<number>((sum, size) => sum + (Number(size) || 0), 0);
  } while (cursor !== '0');
  return Math.round(bytes / all);
}
