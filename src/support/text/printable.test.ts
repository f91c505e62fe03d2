import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costGrowth, linearGrowth } from '../../../tests/parts/measure/cost-ratio.ts';
import { printable, printableLine, printableWithColors } from './printable.ts';

// C0 but tab and newline, DEL, C1, bidi controls, line separators, invisible characters.
const dangerous = /(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/u;
const piece = fc.oneof(
  fc.constantFrom('\r', '\r\n', '\n', '\t', '\u009b2J', '\u009d0;title\u009c', '\u202e', '\u2066', '\u061c', '\u007f'),
  fc.constantFrom(
    '\u001b]0;title\u0007',
    '\u001b]52;c;aGk=\u001b\\',
    '\u001b[2J',
    '\u001b[8m',
    '\u001b[5m',
    '\u001b[?25l',
  ),
  fc.constantFrom(
    '\u001b[31m',
    '\u001b[1;38;5;200m',
    '\u001b[38;2;1;2;3m',
    '\u001b[m',
    '\u001b[0m',
    '\u001b[',
    '\u001b',
  ),
  fc.constantFrom('\u{e0041}', '\u200b', '\ufeff', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

test('printable text: no control character is left but tab, newline and, where they may stay, colours', () => {
  fc.assert(
    fc.property(text, (input) => {
      expect(printable(input)).not.toMatch(dangerous);
      expect(printableLine(input)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(stripVTControlCharacters(printableWithColors(input))).not.toMatch(dangerous);
    }),
    { numRuns: 2000 },
  );
});

test('printable text: ordinary text stays, and so do colours where they may', () => {
  const ordinary = 'naïve 日本 😀 {"a": 1}\n\tb m';
  for (const show of [printable, printableWithColors]) expect(show(ordinary)).toBe(ordinary);
  for (const color of ['\u001b[31m', '\u001b[1;4;97;100m', '\u001b[38;5;200m', '\u001b[38;2;1;2;3m', '\u001b[m']) {
    expect(printableWithColors(`${color}x\u001b[39m`)).toBe(`${color}x\u001b[39m`);
    expect(printable(color)).toMatch(/^\\x1b\[/);
  }
});

test.each([
  ['\u001b[8mhidden', '\\x1b[8mhidden'],
  ['\u001b[31;8mhidden', '\\x1b[31;8mhidden'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['\u009b2J', '\\u009b2J'],
  ['safe\rfake', 'safe\\x0dfake'],
  ['one\r\ntwo', 'one\ntwo'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['\u{e0041}', '\\udb40\\udc41'],
])('printable text: %j is shown as %s', (input, shown) => {
  expect(printableWithColors(input)).toBe(shown);
});

test('printable text: JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.array(text), (value) => {
      expect(JSON.parse(printableWithColors(JSON.stringify(value, null, 2)))).toEqual(value);
    }),
  );
});

test('printable text: the worst input takes linear time', () => {
  for (const worst of ['\u001b[', '\u001b[1;', '\u001b[38;2;', '\r', '\u009b']) {
    const show = (length: number) => {
      const text = worst.repeat(length / worst.length);
      return () => printableWithColors(text);
    };
    expect(costGrowth(show, 2000)).toBeLessThan(linearGrowth);
  }
});
