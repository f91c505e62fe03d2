import { Redis } from 'ioredis';
import { ClientError } from '../client-error.ts';

/** A connection that comes back by itself. @throws ClientError when there is none at first */
export async function connectRedis(url: string): Promise<Redis> {
  const redis = new Redis(url.replace(/^unix:\/\//, ''), { lazyConnect: true });
  // A lost connection comes back by itself; the first failure comes with connect().
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    const reason = error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error);
    throw new ClientError(`Redis at ${url.replace(/\/\/[^@/]*@/, '//…@')} cannot be reached: ${reason}.`, {
      cause: error,
    });
  }
  return redis;
}
