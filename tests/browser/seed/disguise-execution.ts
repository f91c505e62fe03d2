import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queueKeys } from '../../../src/queue/keys.ts';

export interface Disguise {
  readonly image: string;
  /** Seconds since it was submitted, and how many it took. */
  readonly ago: number;
  readonly took: number;
}

/** Lets lists show an execution as one of another image and other times. */
export async function disguiseExecution(
  redis: Redis,
  prefix: string,
  id: string,
  { image, ago, took }: Disguise,
): Promise<void> {
  const keys = queueKeys(prefix);
  const key = keys.execution(id);
  const submitted = Date.now() - ago * 1000;
  const meta = ((await redis.hget(key, 'meta')) ?? '').replace('"image":"host"', `"image":${JSON.stringify(image)}`);
  await redis.hset(key, { meta, submitted });
  if ((await redis.hexists(key, 'finished')) === 1) await redis.hset(key, { finished: submitted + took * 1000 });
  for await (const names of redis.scanStream({ match: keys.index('*'), count: 1000 }))
    for (const name of z.array(z.string()).parse(names)) await redis.zadd(name, 'XX', submitted, id);
}
