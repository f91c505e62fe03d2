import { expect, test } from 'vitest';
import { createRateLimiter } from './rate-limiter.ts';

test('as many as a second allows go at once, then one by one as time passes, each key for itself', () => {
  const limiter = createRateLimiter(2);
  expect([limiter.take('a', 0), limiter.take('a', 0), limiter.take('a', 0)]).toEqual([0, 0, 500]);
  expect(limiter.take('b', 0)).toBe(0);
  expect(limiter.take('a', 500)).toBe(0);
});

test('0 is no limit', () => {
  const limiter = createRateLimiter(0);
  for (let n = 0; n < 1000; n++) expect(limiter.take('a', 0)).toBe(0);
});

test('keys that have rested are forgotten, and have all of their second again', () => {
  const limiter = createRateLimiter(1);
  for (let n = 0; n < 20_000; n++) expect(limiter.take(`address ${n}`, 0)).toBe(0);
  expect(limiter.take('address 0', 500)).toBe(500);
  expect([limiter.take('address 0', 1500), limiter.take('address 0', 1500)]).toEqual([0, 1000]);
});
