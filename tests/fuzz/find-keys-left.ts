import type { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { becomesTrue } from '../parts/poll.ts';
import { replyChannelOf } from './request/make-request.ts';

// What lives longest, and the purge that follows.
const settleMs = 90_000;

/** Keys that belong to no record, once all that is kept for a while has gone. */
export async function findKeysLeft(redis: Redis, config: Config): Promise<readonly string[]> {
  await becomesTrue(async () => (await findOnce(redis, config)).length === 0, settleMs);
  return findOnce(redis, config);
}

async function findOnce(redis: Redis, config: Config): Promise<readonly string[]> {
  const keys = queueKeys(config.keyPrefix);
  const records = new Set(await redis.zrange(keys.finished, '0', '-1'));
  const always = [
    keys.finished,
    keys.agents,
    keys.events,
    keys.deployment,
    config.responseChannel,
    replyChannelOf(config.responseChannel),
  ];
  const expected = new Set([...always, ...[...records].map(keys.execution)]);
  const left: string[] = [];
  for await (const found of scan(redis)) if (!expected.has(found) && !(await belongs(found))) left.push(found);
  return left;

  async function belongs(key: string): Promise<boolean> {
    if (key === config.requestChannel || key === config.controlChannel) return (await redis.xlen(key)) === 0;
    if (key.startsWith(keys.index(''))) return (await redis.zrange(key, '0', '-1')).every((id) => records.has(id));
    if (key.startsWith(keys.correlation('', '').slice(0, -1))) return records.has((await redis.get(key)) ?? '');
    // One entry for each change over HTTP, and no more than EXEC_AUDIT_KEPT.
    return key === `${keys.base}:audit`;
  }
}

async function* scan(redis: Redis): AsyncGenerator<string, void> {
  for await (const names of redis.scanStream({ count: 1000 })) yield* names;
}
