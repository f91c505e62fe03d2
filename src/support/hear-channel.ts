import type { AnyRedis } from './any-redis.ts';

/**
 * Hears a channel that the connection subscribes to, in bytes: to decode a message holds the event loop as long as its
 * sender likes, and ioredis decodes none while nobody listens to `message`.
 * @returns a function that ends it
 */
export function hearChannel(subscriber: AnyRedis, channel: string, onMessage: (message: Buffer) => void): () => void {
  const name = Buffer.from(channel);
  const hear = (from: Buffer, message: Buffer) => {
    if (name.equals(from)) onMessage(message);
  };
  subscriber.on('messageBuffer', hear);
  return () => void subscriber.off('messageBuffer', hear);
}

/** Its text; undefined: it has more bytes than that. */
export function textWithin(message: Buffer, maxBytes: number): string | undefined {
  return message.length > maxBytes ? undefined : message.toString();
}
