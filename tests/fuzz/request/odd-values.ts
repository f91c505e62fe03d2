import { type JsonNode, list, map, raw, text } from './json-node.ts';

/** A whole number from 0 up to below the bound. */
export type Dice = (below: number) => number;

/** @throws when there are none */
export function pick<T>(dice: Dice, choices: readonly T[]): T {
  const picked = choices[dice(choices.length)];
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
}

const oddCharacters = [
  ...['\ud800', '\udfff', '\ud83d', '\u0000', '\u0001', '\u001b[31m', '\u007f', '\u0085', '\u2028', '\u202e', '\u2066'],
  ...['\ufeff', '\ufffd', '\uffff', '\u{1f4a5}', '\u{10ffff}', 'e\u0301\u0323', '\u200d', 'İ', 'ß', '"', '\\', '\r\n'],
];

const oddTexts = [
  ...['', ' ', '.', '..', '/', '//', './', '../', '-', '--', '*', '**', '?', '[', '{', '{}', '%', '%00', '$(id)', '~'],
  ...['null', 'true', 'NaN', '0', '-1', '1e999', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['../../../etc/passwd', '/etc/passwd', 'a/../b', 'a//b', 'a/./b', 'a/', 'C:\\x', 'a=b', 'a:b', 'a@b', 'a\tb'],
];

export function oddText(dice: Dice): string {
  const choice = dice(10);
  if (choice < 4) return pick(dice, oddTexts);
  if (choice < 8) return mixed(dice, 1 + dice(8));
  if (choice < 9) return 'a'.repeat(pick(dice, [127, 128, 255, 256, 257, 512, 513, 4096]));
  return mixed(dice, pick(dice, [100, 1000]));
}

function mixed(dice: Dice, parts: number): string {
  return Array.from({ length: parts }, () => (dice(2) === 0 ? pick(dice, oddCharacters) : 'ab'.slice(dice(2)))).join(
    '',
  );
}

const oddNumbers = [
  ...['0', '-0', '-0.0', '1.0', '1e0', '1E+2', '0.1', '1e-7', '5e-324', '1e308', '1e309', '-1e309', '1e-400', '-1'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '18446744073709551616', '0.30000000000000004'],
  ...['1234567890'.repeat(6), `-${'9'.repeat(60)}`, `0.${'1234567890'.repeat(6)}`, '9'.repeat(400), '4294967296'],
];

export const oddNumber = (dice: Dice): JsonNode => raw(pick(dice, oddNumbers));

const pathParts = [
  ...['a', 'b.txt', 'data', '.hidden', '..', '.', 'é', '\u{1f4a5}', 'with space', 'x'.repeat(255), 'x'.repeat(256)],
  ...['-rf', 'line\nfeed', '[a]', '{b}', '*'],
];

export function oddPath(dice: Dice): string {
  const depth = pick(dice, [1, 1, 2, 2, 3, 8, 99, 100, 101, 500]);
  const part = () => (depth > 8 ? pick(dice, ['a', 'b']) : pick(dice, pathParts));
  const path = Array.from({ length: depth }, part).join('/');
  return pick(dice, ['', '', '', '/', './']) + path + pick(dice, ['', '', '', '/']);
}

const globParts = [
  '*',
  '**',
  '?',
  'a',
  'b',
  '*a',
  'a*',
  '[a-z]',
  '[!a]',
  '[',
  '{a,b}',
  '{a,{b,c}}',
  '{',
  '!(a)',
  '\\',
  '.',
];

export function oddGlob(dice: Dice): string {
  const choice = dice(10);
  if (choice === 0) return `${'*a'.repeat(1 + dice(30))}*b`;
  if (choice === 1) return `${'{a,b}'.repeat(1 + dice(12))}`;
  if (choice === 2) return `${'a'.repeat(127)}{${Array.from({ length: 64 }, (_, n) => `x${n}*`).join(',')}}`;
  if (choice === 3) return `${'**/'.repeat(1 + dice(40))}x`;
  return Array.from({ length: 1 + dice(6) }, () => pick(dice, globParts)).join(pick(dice, ['', '/']));
}

/** Arrays or objects within each other. */
export function nested(dice: Dice, depth: number): JsonNode {
  const open = pick(dice, ['[', '{"a":']);
  return raw(open.repeat(depth) + pick(dice, ['1', '"x"', 'null']) + (open === '[' ? ']' : '}').repeat(depth));
}

export function oddValue(dice: Dice): JsonNode {
  switch (dice(9)) {
    case 0:
      return raw('null');
    case 1:
      return raw(pick(dice, ['true', 'false']));
    case 2:
      return list([]);
    case 3:
      return map([]);
    case 4:
      return list([text(oddText(dice)), oddNumber(dice)]);
    case 5:
      return map([[oddText(dice), text(oddText(dice))]]);
    case 6:
      return nested(dice, pick(dice, [1, 10, 100, 400]));
    case 7:
      return oddNumber(dice);
    default:
      return text(oddText(dice));
  }
}
