import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipText } from './clip-text.ts';

test('clipText: keeps a short text, and no character is split in a longer one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, length) => {
      const clipped = clipText(text, length);
      expect(clipped.length).toBeLessThanOrEqual(length);
      expect(clipped.isWellFormed()).toBe(true);
      const expected = text.length <= length ? text : `${text.slice(0, clipped.length - 1)}…`;
      expect(clipped).toBe(expected);
    }),
  );
});
