import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLineRange, isInRange, parseLineRange, rangeOf } from './line-range.ts';

const line = fc.integer({ min: 1, max: 1e9 });

test('lines in an address: any range is read back as it was, in either order of its ends', () => {
  fc.assert(
    fc.property(line, line, (one, other) => {
      const range = rangeOf(one, other);
      expect(parseLineRange(formatLineRange(range))).toEqual(range);
      expect(isInRange(one, range) && isInRange(other, range)).toBe(true);
      expect(isInRange(range.first - 1, range) || isInRange(range.last + 1, range)).toBe(false);
    }),
  );
});

test.each([
  '',
  'content',
  'L',
  'L0',
  'L-1',
  'L1-',
  'L1-2',
  'L1e3',
  'l1',
  ' L1',
  'L9999999999999',
])('lines in an address: %j names none', (fragment) => {
  expect(parseLineRange(fragment)).toBeUndefined();
});
