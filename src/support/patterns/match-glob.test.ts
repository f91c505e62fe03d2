import fc from 'fast-check';
import picomatch from 'picomatch';
import { expect, test } from 'vitest';
import { expandBraces } from './expand-braces.ts';
import { compileGlob, maxGlobAlternatives, maxGlobLength } from './match-glob.ts';

const matches = (pattern: string, name: string) => compileGlob(pattern)?.matches(name);

test.each([
  ['*.csv', 'a.csv', true],
  ['*.csv', '.csv', true],
  ['*.csv', '.hidden.csv', true],
  ['*.csv', 'a/b.csv', false],
  ['**/*.csv', 'a.csv', true],
  ['**/*.csv', 'a/b/c.csv', true],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', false],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['a**z', 'abcz', true],
  ['a**z', 'a/z', false],
  ['plot-?.png', 'plot-1.png', true],
  ['plot-?.png', 'plot-é.png', true],
  ['plot-?.png', 'plot-🙂.png', true],
  ['plot-?.png', 'plot-10.png', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]x]', ']', true],
  ['[a', '[a', true],
  ['*.{csv,json}', 'a.json', true],
  ['{a,b/{c,d}}/x', 'b/d/x', true],
  ['{a}', '{a}', true],
  ['\\*.csv', '*.csv', true],
  ['\\*.csv', 'a.csv', false],
  ['*', '', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['**', 'a/b', true],
  ['**/**/b', 'b', true],
])('%s on %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test('every pattern means what it means to a common glob library', () => {
  const letters = fc.constantFrom('a', 'b', '.', '-');
  const name = fc.array(fc.string({ unit: letters, minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
  const glob = fc.constantFrom('*', '?', '[ab]', '[^a]', 'a', 'b', '.', '-');
  const part = fc.oneof(
    fc.constant('**'),
    fc.array(glob, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('').replaceAll(/\*+/g, '*')),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), name, (parts, names) => {
      // Dots at the end of a name or in front of a pattern, and `**` at the end, are where libraries differ.
      fc.pre(
        !names.some((each) => each.endsWith('.')) &&
          !parts.some((each) => each.startsWith('.')) &&
          parts.at(-1) !== '**',
      );
      const text = names.join('/');
      const pattern = parts.join('/');
      expect(`${pattern} ${text} ${matches(pattern, text)}`).toBe(
        `${pattern} ${text} ${picomatch.isMatch(text, pattern, { dot: true, strictSlashes: true })}`,
      );
    }),
    { numRuns: 500 },
  );
});

test('no pattern makes a name expensive', () => {
  expect(matches(`${'*a'.repeat(500)}*b`, `${'a'.repeat(4000)}`)).toBe(false);
  expect(matches(`${'**/a/'.repeat(200)}b`, `${'a/'.repeat(2000)}c`)).toBe(false);
});

test('lists in braces multiply up to a bound, and so does the length', () => {
  expect(expandBraces('{a,b}{1,2}', 4)).toEqual(['a1', 'a2', 'b1', 'b2']);
  expect(expandBraces('{a,b}{1,2}', 3)).toBeUndefined();
  expect(compileGlob('{a,b}'.repeat(20))).toBeUndefined();
  expect(matches(`{${'a,'.repeat(maxGlobAlternatives - 1)}b}`, 'b')).toBe(true);
  expect(compileGlob('a'.repeat(maxGlobLength + 1))).toBeUndefined();
});

test('braces without a partner take one look at each', () => {
  expect(expandBraces('{'.repeat(100_000), 64)).toHaveLength(1);
  expect(expandBraces(`${'{a,b}'.repeat(6)}${'{'.repeat(900)}`, 64)).toHaveLength(64);
  expect(expandBraces('{{a,b}', 64)).toEqual(['{a', '{b']);
  expect(expandBraces('{a,{b,c}d}', 64)).toEqual(['a', 'bd', 'cd']);
  expect(expandBraces('{a}{b,c}', 64)).toEqual(['{a}b', '{a}c']);
});

test('of paths, ** at the end stands for no part as well', () => {
  const glob = compileGlob('/v1/**', { of: 'paths' });
  expect(['/v1', '/v1/a', '/v1/a/b', '/v2', '/v1x'].map((path) => glob?.matches(path))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
