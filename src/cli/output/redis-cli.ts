import { withoutPassword } from '../../agent/redis/connect-redis.ts';

/** How to reach that Redis by hand; a password is left for the user to fill in. */
export function redisCliOf(url: string): string {
  return url.startsWith('unix://')
    ? `redis-cli -s ${url.slice('unix://'.length)}`
    : `redis-cli -u ${withoutPassword(url)}`;
}
