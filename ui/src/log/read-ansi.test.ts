import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnsi } from './read-ansi.ts';

const textOf = (line: string) =>
  readAnsi(line)
    .map(({ text }) => text)
    .join('');

test('colours: become looks, and end where they are reset', () => {
  expect(readAnsi('a \u001b[1;31mred\u001b[22m thin\u001b[0m b')).toEqual([
    { text: 'a ', look: '' },
    { text: 'red', look: 'ansi-red ansi-bold' },
    { text: ' thin', look: 'ansi-red' },
    { text: ' b', look: '' },
  ]);
  expect(readAnsi('\u001b[38;5;196;4mx')).toEqual([{ text: 'x', look: 'ansi-underline' }]);
});

test('other sequences: links, titles, clipboard access and cursor movement disappear', () => {
  expect(textOf('\u001b]8;;javascript:alert(1)\u001b\\link\u001b]8;;\u001b\\')).toBe('link');
  expect(textOf('\u001b]52;c;aGk=\u0007a\u001b[2J\u001b[10;10Hb\u009b1Ac')).toBe('abc');
});

test('carriage return: what comes after it replaces the line', () => {
  expect(textOf('10 %\r50 %\r100 %\r')).toBe('100 %');
});

test('any text: nothing of it is left that a terminal or the direction of text would act on', () => {
  const characters = fc.constantFrom(
    '\u001b',
    '[',
    ']',
    'm',
    ';',
    '3',
    '1',
    'a',
    '\u202e',
    '\u0000',
    '\u0085',
    '\r',
    '\\',
  );
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 60 }), (line) => {
      for (const character of textOf(line))
        expect(character.charCodeAt(0)).toSatisfy((code: number) => code >= 32 && code < 127);
    }),
  );
});
