import { Redis } from 'ioredis';

/** A connection that comes back by itself. @throws when there is none at first */
export async function connectRedis(url: string): Promise<Redis> {
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
