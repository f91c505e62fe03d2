import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlainName, joinParts, partsOf, showName, textOf } from './file-name.ts';

test.each(['', '.', '..', 'a/b', '/', 'a\0b'])('%j does not name one entry of a directory', (name) => {
  expect(isPlainName(Buffer.from(name))).toBe(false);
});

test.each(['a', '...', '.hidden', '..a', 'a..', '\\', '%2e%2e', 'é'])('%j names one entry of a directory', (name) => {
  expect(isPlainName(Buffer.from(name))).toBe(true);
});

test('partsOf: a path of any bytes can be split and joined again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const path = Buffer.from(bytes);
      expect(joinParts(partsOf(path))).toEqual(path);
    }),
  );
});

test('a name that is not UTF-8 has no text and is shown with its bytes', () => {
  expect(textOf(Buffer.from([0x61, 0xff]))).toBeUndefined();
  expect(showName(Buffer.from([0x61, 0xff, 0x0a]))).toBe('a\\xff\\x0a');
  expect(showName(Buffer.from('naïve.txt'))).toBe('naïve.txt');
});

test('no name reaches a terminal with control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(showName(Buffer.from(bytes))).not.toMatch(/[\p{Cc}\u202e]/u);
    }),
  );
  expect(showName(Buffer.from('a\u202egpj.exe\u001b[2J'))).toBe('a\\xe2\\x80\\xaegpj.exe\\x1b[2J');
});
