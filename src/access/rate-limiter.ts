/** So many a second for each key, and as many at once after a quiet time. */
export interface RateLimiter {
  /**
   * 0: go ahead; else the milliseconds after which it is worth trying again.
   * @param now milliseconds by a clock that never goes back, such as `performance.now()`
   */
  take(key: string, now: number): number;
}

interface Bucket {
  left: number;
  at: number;
}

/** @param perSecond 0: no limit */
export function createRateLimiter(perSecond: number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(key, now) {
      if (perSecond === 0) return 0;
      const bucket = buckets.get(key) ?? { left: perSecond, at: now };
      buckets.set(key, bucket);
      bucket.left = Math.min(perSecond, bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      if (bucket.left < 1) return Math.ceil(((1 - bucket.left) / perSecond) * 1000);
      bucket.left -= 1;
      return 0;
    },
  };
}
