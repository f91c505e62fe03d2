import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileWildcards } from './match-wildcards.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });

const asExpression = (glob: string, star: string) =>
  new RegExp(
    `^${glob
      .split(/(\*\*|\*)/)
      .map((piece) => (piece === '**' ? '.*' : piece === '*' ? star : piece))
      .join('')}$`,
  );

test.each([
  { parts: true, star: '[^/]*' },
  { parts: false, star: '.*' },
])('wildcards: match what the regular expression matches (parts: $parts)', ({ parts, star }) => {
  fc.assert(
    fc.property(pattern, text, (glob, name) => {
      expect(compileWildcards(glob, { parts }).matches(name)).toBe(asExpression(glob, star).test(name));
    }),
    { numRuns: 2000 },
  );
});

test('wildcards: a pattern of many stars takes no longer on a name that almost matches', () => {
  expect(compileWildcards('*a'.repeat(30)).matches(`${'a'.repeat(1000)}b`)).toBe(false);
  expect(compileWildcards(`${'**a*a'.repeat(15)}`, { parts: true }).matches(`${'a'.repeat(1000)}b`)).toBe(false);
});
