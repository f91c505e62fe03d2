import { once } from 'node:events';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Config } from '../../../src/agent/config/config-schema.ts';
import { becomesTrue } from '../../parts/poll.ts';

const patienceMs = 60_000;
const MiB = 1024 ** 2;
// Redis cuts a subscriber that has more unread, unless its settings say otherwise.
const largest = () => `{"container":{"image":"worst/plain:1"},"name":"${'é'.repeat(16 * MiB - 64)}"}`;
const responseSchema = z.object({ error_code: z.string() });

/** Messages over Redis as large as most servers pass on, by the channel or stream. */
export async function openWorstMessages({ redisUrl = '', ...config }: Config) {
  const redis = new Redis(redisUrl);
  const subscriber = redis.duplicate();
  await subscriber.subscribe(config.responseChannel);

  /** Sends, and waits for the refusal of that or of a small message after it. */
  const refusalOf = async (send: (text: string) => Promise<unknown>): Promise<string> => {
    const answered = once(subscriber, 'message');
    await send(largest());
    const [, text] = await answered;
    return responseSchema.parse(JSON.parse(z.string().parse(text))).error_code;
  };
  const afterwards = (send: (text: string) => Promise<unknown>) =>
    refusalOf(async (text) => {
      await send(text);
      await redis.publish(config.requestChannel, '{}');
    });

  const sends: Readonly<Record<string, () => Promise<string>>> = {
    'redis-pubsub': () => refusalOf((text) => redis.publish(config.requestChannel, text)),
    'redis-stream': () => refusalOf((text) => redis.xadd(config.requestChannel, '*', 'request', text)),
    'redis-control': () => afterwards((text) => redis.publish(config.controlChannel, text)),
    'redis-control-stream': () =>
      afterwards(async (text) => {
        await redis.xadd(config.controlChannel, '*', 'control', text);
        await becomesTrue(async () => (await redis.xlen(config.controlChannel)) === 0, patienceMs);
      }),
    'redis-events': () => afterwards((text) => redis.publish(config.eventsChannel, text)),
  };
  return {
    sends,
    close() {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
