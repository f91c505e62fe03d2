import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findSyntaxError } from './find-syntax-error.ts';
import { offsetOf, positionAt } from './locate-json.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['', 'line 1, column 1: expected a value, the text ends'],
  ['{', 'line 1, column 2: expected a name in double quotes or "}", the text ends'],
  ['{\n  "a": 1,\n}', 'line 3, column 1: expected a name in double quotes, found "}"'],
  ['{a: 1}', 'line 1, column 2: expected a name in double quotes or "}", found "a"'],
  ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
  ['[1 2]', 'line 1, column 4: expected "," or "]", found "2"'],
  ['[1,]', 'line 1, column 4: expected a value, found "]"'],
  ['[\r\n\r\ntru]', 'line 3, column 1: expected a value or "]", found "tru"'],
  ['{"a":01}', 'line 1, column 7: expected "," or "}", found "1"'],
  ['"x\ny"', 'line 1, column 3: expected the closing quote of the text, found "\\n"'],
  [String.raw`["\x"]`, String.raw`line 1, column 3: expected an escape such as \n or \u00e9, found "\\"`],
  ['{} {}', 'line 1, column 4: expected nothing after the value, found "{"'],
])('syntax error: of %j', (text, expected) => {
  expect(findSyntaxError(text)).toBe(expected);
});

test('syntax error: one is found exactly where JSON.parse refuses the text', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '\\u00e9',
    '1',
    '-',
    '.5',
    'e3',
    'true',
    ' ',
    '\n',
    '\t',
    '\u0001',
    'é',
    '💥',
  );
  const text = fc.oneof(
    fc.array(piece).map((pieces) => pieces.join('')),
    fc.json(),
    fc.tuple(fc.json(), fc.nat(), piece).map(([json, at, more]) => {
      const cut = at % (json.length + 1);
      return `${json.slice(0, cut)}${more}${json.slice(cut + 1)}`;
    }),
  );
  fc.assert(
    fc.property(text, (each) => {
      expect(findSyntaxError(each) === undefined).toBe(isJson(each));
    }),
    { numRuns: 2000 },
  );
});

test('locate: every value of a text is found by its path', () => {
  const everyPath = (
    value: unknown,
    path: readonly PropertyKey[],
    visit: (path: readonly PropertyKey[], value: unknown) => void,
  ) => {
    visit(path, value);
    if (typeof value !== 'object' || value === null) return;
    const isList = Array.isArray(value);
    for (const key of Object.keys(value))
      everyPath(Reflect.get(value, key), [...path, isList ? Number(key) : key], visit);
  };
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const text = `\n ${JSON.stringify(value, undefined, indent)}`;
      everyPath(JSON.parse(text), [], (path, part) => {
        const at = offsetOf(text, path);
        expect(text.slice(at).startsWith(JSON.stringify(part).slice(0, 1))).toBe(true);
        if (typeof part !== 'object') expect(text.slice(at).startsWith(JSON.stringify(part))).toBe(true);
      });
    }),
  );
});

test('locate: of a path that does not exist, the last part that does; of a repeated key the last value', () => {
  const text = '{"a": {"b": [1, {"c": 2}]}, "x": 1, "x": 22}';
  expect(text.slice(offsetOf(text, ['a', 'b', 1, 'c', 'd']))).toMatch(/^2\}/);
  expect(text.slice(offsetOf(text, ['a', 'b', 7]))).toMatch(/^\[1/);
  expect(text.slice(offsetOf(text, ['x']))).toBe('22}');
  expect(positionAt('a\r\nb\nc', 5)).toEqual({ line: 3, column: 1 });
});
