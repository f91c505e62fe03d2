import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openStreamConsumer } from '../../src/gateways/redis/read-stream.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const inTime = 30_000;
const anHour = 3_600_000;

describeWith('redis', 'the reader of streams', () => {
  const stream = `requests-${randomUUID()}`;
  const group = 'readers';
  let redis: Redis;
  let reader: Redis;

  beforeAll(() => {
    redis = new Redis(inject('redisUrl'));
    reader = redis.duplicate();
  });

  afterAll(async () => {
    reader.disconnect();
    await redis.del(stream);
    redis.disconnect();
  });

  const open = (handled: string[]) =>
    openStreamConsumer({
      reader,
      redis,
      sources: [{ stream, field: 'request', handle: async (message) => handled.push(message.toString()) > 0 }],
      group,
      consumer: 'one',
      atOnce: (ask) => ask(),
      limits: { batch: 10, batches: 1, blockMs: anHour, abandonedMs: anHour },
      logger: createSilentLogger(),
    });

  test('is closed while it waits for entries, at once and with nothing lost', async () => {
    const handled: string[] = [];
    const id = await reader.client('ID');
    const isReading = async () => String(await redis.client('LIST', 'ID', id)).includes('cmd=xreadgroup');
    const first = await open(handled);
    await redis.xadd(stream, '*', 'request', 'a');
    expect(await becomesTrue(() => handled.length === 1, inTime)).toBe(true);
    expect(await becomesTrue(isReading, inTime)).toBe(true);
    await first.close();
    await redis.xadd(stream, '*', 'request', 'b');
    const second = await open(handled);
    expect(await becomesTrue(() => handled.length === 2, inTime)).toBe(true);
    await second.close();
    expect(handled).toEqual(['a', 'b']);
    expect(await redis.xlen(stream)).toBe(0);
  });
});
