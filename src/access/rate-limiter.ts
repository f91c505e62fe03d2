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

// A key that has rested for a second has a full bucket, as a new one has.
const restMs = 1000;
const mostBuckets = 10_000;

/** @param perSecond 0: no limit */
export function createRateLimiter(perSecond: number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  return {
    take(key, now) {
      if (perSecond === 0) return 0;
      if (buckets.size >= mostBuckets && now - sweptAt >= restMs) {
        forgetRested(buckets, now);
        sweptAt = now;
      }
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

/** Keys can be addresses, of which one caller may have very many. */
function forgetRested(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, { at }] of buckets) if (now - at >= restMs) buckets.delete(key);
}
