import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText, joinCut } from './bounded-text.ts';
import { shortenForJson } from './shorten-for-json.ts';

const shorten = (text: string, maxBytes: number) =>
  joinCut(shortenForJson(cutText(Buffer.from(text), 0, Buffer.of()), maxBytes));

test('text that fits stays as it is', () => {
  expect(shorten('a\nb\u0000', 13)).toBe('a\nb\u0000');
});

test('text whose JSON is too long loses its middle, which is said', () => {
  const short = shorten(`begin${'\u0000'.repeat(1000)}end`, 1000);
  expect(short).toMatch(/^begin[\s\S]*left out[\s\S]*end$/);
  expect(JSON.stringify(short).length).toBeLessThanOrEqual(1000);
});

test('shortenForJson: the JSON of any text fits', () => {
  const dear = fc.string({ unit: fc.constantFrom('\u0000', '"', 'é', '😀', 'x', '\n'), maxLength: 500 });
  fc.assert(
    fc.property(dear, fc.integer({ min: 100, max: 1000 }), (text, most) => {
      expect(Buffer.byteLength(JSON.stringify(shorten(text, most)))).toBeLessThanOrEqual(most);
    }),
  );
});

test('shortenForJson: counts every byte that is missing, also of a text that was cut before', () => {
  const unit = fc.constantFrom('\u0000', 'é', '😀', 'x', '\ufffd');
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 400 }),
      fc.nat(500),
      fc.integer({ min: 200, max: 900 }),
      (text, cut, most) => {
        const bytes = Buffer.from(text);
        const half = Math.min(cut, Math.floor(bytes.length / 2));
        const before = cutText(bytes.subarray(0, half), bytes.length - 2 * half, bytes.subarray(bytes.length - half));
        const short = shortenForJson(before, most);
        expect(short.beginning.length + short.omittedBytes + short.end.length).toBe(bytes.length);
        expect(text.startsWith(short.beginning.toString())).toBe(true);
        expect(text.endsWith(short.end.toString())).toBe(true);
      },
    ),
  );
});
