import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from './indent-json.ts';
import { jsonTokens } from './json-tokens.ts';
import { parseTree } from './parse-tree.ts';

test('JSON tokens: have all of any JSON but its white space', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('"', '\\', '\\"', '\\\\', '",', '"}', '\n'));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.array(tie('tree')), fc.dictionary(text, tie('tree'))),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      expect([...jsonTokens(JSON.stringify(value, undefined, indent))].join('')).toBe(JSON.stringify(value));
    }),
  );
  expect([...jsonTokens('{"a\\": [1')]).toEqual(['{', '"a\\": [1']);
});

test.each([
  ['plain', 'x'],
  ['escaped', '\\n'],
])('JSON tokens: a %s text of any length is one of them', (_, piece) => {
  const long = `"${piece.repeat(12_000_000)}"`;
  expect(indentJson(`[${long}]`)).toBe(`[\n  ${long}\n]`);
  expect(parseTree(long)).toEqual({ kind: 'value', text: long });
});
