import type { Redis } from 'ioredis';

/** A connection that comes back by itself. @throws when there is none at first */
export async function connectRedis(url: string): Promise<Redis> {
  // Who only uses HTTP does not load it.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url.replace(/^unix:\/\//, ''), { lazyConnect: true });
  // A lost connection comes back by itself; the first failure comes with connect().
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}
