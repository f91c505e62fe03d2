import type { RedisChannels } from '../../proxy/service-definition.ts';
import { type AnyRedis, publishCounted } from '../../support/any-redis.ts';
import { hearChannel } from '../../support/hear-channel.ts';

/**
 * Publish and subscribe for services, over separate connections that are opened on first use.
 * @param open opens a new connection; the owner of the function closes it
 */
export function createRedisChannels(open: (use: string) => Promise<AnyRedis>): RedisChannels {
  const connections = new Map<string, Promise<AnyRedis>>();

  function connection(use: string): Promise<AnyRedis> {
    const found = connections.get(use);
    if (found !== undefined) return found;
    const opening = open(use);
    connections.set(use, opening);
    opening.catch(() => connections.delete(use));
    return opening;
  }

  return {
    publish: async (channel, text) => publishCounted(await connection('services'), channel, text),
    async subscribe(channel, onMessage) {
      const redis = await connection('replies');
      const end = hearChannel(redis, channel, onMessage);
      try {
        await redis.subscribe(channel);
      } catch (error) {
        end();
        throw error;
      }
      return async () => {
        end();
        // One that was closed meanwhile gets nothing either.
        await redis.unsubscribe(channel).catch(() => undefined);
      };
    },
  };
}
