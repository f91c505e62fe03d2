import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { printableWithColors } from '../../support/text/printable.ts';
import { withoutEscaping } from '../terminal/terminal.ts';
import { createOutputFilter } from './output-filter.ts';

const attack = '\u001b]0;title\u0007\u001b[2Ja\rb\u009b1A\u202e';

function printed(pieces: readonly (string | Uint8Array)[], options: { isTTY: boolean; raw?: boolean }): string {
  const terminal = createTestTerminal(options);
  const filter = createOutputFilter((options.raw === true ? withoutEscaping(terminal) : terminal).stdout);
  for (const piece of pieces) filter.write(piece);
  filter.end();
  return terminal.printed().stdout;
}

test('container output: is escaped on a terminal, and printed as it is elsewhere and with --raw', () => {
  expect(printed([attack], { isTTY: true })).toBe('\\x1b]0;title\\x07\\x1b[2Ja\\x0db\\u009b1A\\u202e');
  expect(printed([attack], { isTTY: false })).toBe(attack);
  expect(printed([attack], { isTTY: true, raw: true })).toBe(attack);
});

test('container output: a colour ends with it', () => {
  expect(printed(['\u001b[31mred'], { isTTY: true })).toBe('\u001b[31mred\u001b[0m');
});

test('container output: is the same however it is cut into pieces', () => {
  const part = fc.constantFrom(
    '\u001b[31m',
    `\u001b[${Array(16).fill('38;2;255;255;255').join(';')}m`,
    '\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u0007',
    '\u001b]52;c;aGk=\u001b\\',
    '\u009d52;c;aGk=\u009c',
    '\u001bP+q\n\u001b\\',
    '\u001b[\n31m',
    '\u2066',
    '\u001b[2J',
    '\r\n',
    '\r',
    'é',
    '😀',
    'plain',
    '\u009b',
    '\u001b',
    '\u202e',
  );
  const hidden = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), fc.array(fc.nat(400), { maxLength: 8 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const places = [...cuts.filter((cut) => cut < bytes.length), 0, bytes.length].sort((a, b) => a - b);
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      const shown = printed(pieces, { isTTY: true });
      const expected = printableWithColors(parts.join(''));
      expect(stripVTControlCharacters(shown)).not.toMatch(hidden);
      expect(shown).toBe(expected.includes('\u001b[') ? `${expected}\u001b[0m` : expected);
    }),
  );
});
