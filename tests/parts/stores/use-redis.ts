import { Redis } from 'ioredis';
import { afterEach, inject } from 'vitest';

/** Opens connections to the Redis of the tests, which are closed after each test. */
export function useRedis(): () => Redis {
  const opened: Redis[] = [];
  afterEach(() => {
    for (const redis of opened.splice(0)) redis.disconnect();
  });
  return () => {
    const redis = new Redis(inject('redisUrl'));
    opened.push(redis);
    return redis;
  };
}
