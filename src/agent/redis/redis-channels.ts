import type { Redis } from 'ioredis';
import type { RedisChannels } from '../../proxy/service-definition.ts';

/**
 * Publish and subscribe for services, over separate connections that are opened on first use.
 * @param open opens a new connection; the owner of the function closes it
 */
export function createRedisChannels(open: (use: string) => Promise<Redis>): RedisChannels {
  const connections = new Map<string, Promise<Redis>>();

  function connection(use: string, prepare?: (redis: Redis) => void): Promise<Redis> {
    const found = connections.get(use);
    if (found !== undefined) return found;
    const opening = open(use);
    connections.set(use, opening);
    opening.then(prepare, () => connections.delete(use));
    return opening;
  }

  const listeners = new Map<string, (text: string) => void>();
  const onReply = (redis: Redis) => {
    redis.on('message', (channel: string, text: string) => listeners.get(channel)?.(text));
  };

  return {
    publish: async (channel, text) => (await connection('services')).publish(channel, text),
    async subscribe(channel, onMessage) {
      const redis = await connection('replies', onReply);
      listeners.set(channel, onMessage);
      await redis.subscribe(channel);
      return async () => {
        listeners.delete(channel);
        // One that was closed meanwhile gets nothing either.
        await redis.unsubscribe(channel).catch(() => undefined);
      };
    },
  };
}
