import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineCrc32 } from './combine-crc32.ts';

test('the checksum of a whole is that of its two halves', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(whole);
    }),
  );
});

test('so is that of large parts', () => {
  const part = Buffer.alloc(8 * 1024 ** 2, 'part');
  expect(combineCrc32(crc32(part), crc32(part), part.length)).toBe(crc32(part, crc32(part)));
});
