import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../json/indent-json.ts';
import { parseCsv } from './parse-csv.ts';

test('JSON: indenting adds white space alone, so every digit stays', () => {
  expect(indentJson('{"a":[1.0,{"b":[]}],"c":"x, {y"}')).toBe(
    '{\n  "a": [\n    1.0,\n    {\n      "b": []\n    }\n  ],\n  "c": "x, {y"\n}',
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(indentJson(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('CSV: reads quoted fields, and no more rows than asked for', () => {
  expect(parseCsv('a,"b ""c"", d"\r\n1,2\n', ',', 10)).toEqual([
    ['a', 'b "c", d'],
    ['1', '2'],
  ]);
  expect(parseCsv('1\n2\n3\n', ',', 2)).toEqual([['1'], ['2']]);
});
