import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortenForJson } from './shorten-for-json.ts';

test('text that fits stays as it is', () => {
  expect(shortenForJson('a\nb\u0000', 13)).toBe('a\nb\u0000');
});

test('text whose JSON is too long loses its middle, which is said', () => {
  const short = shortenForJson(`begin${'\u0000'.repeat(1000)}end`, 1000);
  expect(short).toMatch(/^begin[\s\S]*left out[\s\S]*end$/);
  expect(JSON.stringify(short).length).toBeLessThanOrEqual(1000);
});

test('whatever the text, its JSON fits', () => {
  const dear = fc.string({ unit: fc.constantFrom('\u0000', '"', 'é', '😀', 'x', '\n'), maxLength: 500 });
  fc.assert(
    fc.property(dear, fc.integer({ min: 100, max: 1000 }), (text, most) => {
      expect(Buffer.byteLength(JSON.stringify(shortenForJson(text, most)))).toBeLessThanOrEqual(most);
    }),
  );
});
