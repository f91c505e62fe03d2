import fc from 'fast-check';
import pc from 'picocolors';
import { expect, test } from 'vitest';
import { showJson } from './show-json.ts';

const plain = pc.createColors(false);
const colored = pc.createColors(true);
const escapeCode = String.fromCharCode(27);

test('JSON on a terminal: the value stays the same, with and without colours', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(showJson(text, plain))).toEqual(JSON.parse(text));
      const withoutColors = showJson(text, colored).replaceAll(new RegExp(`${escapeCode}\\[\\d+m`, 'g'), '');
      expect(withoutColors).toBe(showJson(text, plain));
    }),
  );
});

test('JSON on a terminal: is indented, keeps every digit and colours keys and values', () => {
  expect(showJson('{"a":[1.0,12345678901234567890],"b":{},"c":"x: [y]"}', plain)).toBe(
    '{\n  "a": [\n    1.0,\n    12345678901234567890\n  ],\n  "b": {},\n  "c": "x: [y]"\n}',
  );
  expect(showJson('{"a":"b"}', colored)).toContain(colored.cyan('"a"'));
});
