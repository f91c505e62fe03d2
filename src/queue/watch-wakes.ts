import type { AnyRedis } from '../support/any-redis.ts';
import { hearChannel } from '../support/hear-channel.ts';

/** Hears the queue's own signal that work was added. */
export async function watchWakes(subscriber: AnyRedis, channel: string) {
  const listeners = new Set<() => void>();
  hearChannel(subscriber, channel, () => {
    for (const listener of listeners) listener();
  });
  await subscriber.subscribe(channel);
  return {
    onWake(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
