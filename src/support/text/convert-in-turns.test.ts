import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeInTurns, encodeInTurns, joinInTurns } from './convert-in-turns.ts';

// Long enough for several slices; the characters around their ends are the interesting ones.
const long = fc
  .tuple(fc.constantFrom('x', 'é', '\u{1f4a5}', '€'), fc.nat(7), fc.string({ unit: 'binary', maxLength: 20 }))
  .map(([unit, shift, rest]) => `${'a'.repeat(shift)}${unit.repeat(700_000)}${rest}`);

test('encodeInTurns and decodeInTurns: give what Buffer gives', async () => {
  await fc.assert(
    fc.asyncProperty(long, async (text) => {
      const bytes = await encodeInTurns(text);
      expect(bytes.equals(Buffer.from(text))).toBe(true);
      expect((await decodeInTurns(bytes)) === bytes.toString()).toBe(true);
    }),
    { numRuns: 12 },
  );
});

test('joinInTurns: gives what Buffer.concat gives', async () => {
  const piece = fc
    .tuple(fc.constantFrom(0, 1, 100, 600_000), fc.nat(255))
    .map(([size, fill]) => Buffer.alloc(size, fill));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
      expect((await joinInTurns(pieces)).equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('decodeInTurns: bytes that are not UTF-8 become U+FFFD, wherever they are cut', async () => {
  const bytes = Buffer.alloc(1_200_001, Buffer.from([0xf0, 0x9f, 0xe2, 0x61]));
  expect((await decodeInTurns(bytes)) === bytes.toString()).toBe(true);
});

test('encodeInTurns: the event loop turns while a long text is encoded', async () => {
  let turns = 0;
  const count = setImmediate(function next() {
    turns += 1;
    again = setImmediate(next);
  });
  let again = count;
  await encodeInTurns('x'.repeat(8 * 1024 ** 2));
  clearImmediate(again);
  expect(turns).toBeGreaterThan(8);
});
