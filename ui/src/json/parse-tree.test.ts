import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonNode, parseTree } from './parse-tree.ts';

function textOf(node: JsonNode): string {
  if (node.kind === 'value') return node.text;
  const parts = node.entries.map(({ name, node: inner }) =>
    node.kind === 'object' ? `${name}:${textOf(inner)}` : textOf(inner),
  );
  return node.kind === 'object' ? `{${parts.join(',')}}` : `[${parts.join(',')}]`;
}

test('JSON tree: of any JSON has all of it, as it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const tree = parseTree(JSON.stringify(value, undefined, indent));
      expect(tree === undefined ? undefined : textOf(tree)).toBe(JSON.stringify(value));
    }),
  );
  const digits = '{"a":1.0,"b":[12345678901234567890,1e400]}';
  expect(textOf(parseTree(digits) ?? { kind: 'value', text: '' })).toBe(digits);
});

test('JSON tree: there is none of what is no JSON, too deep or too large', () => {
  for (const wrong of ['', '{', '{"a":}', '[1,]', "{'a':1}"]) expect(parseTree(wrong)).toBeUndefined();
  expect(parseTree(`${'['.repeat(201)}${']'.repeat(201)}`)).toBeUndefined();
  const deepest = `${'['.repeat(200)}${']'.repeat(200)}`;
  expect(textOf(parseTree(deepest) ?? { kind: 'value', text: '' })).toBe(deepest);
  expect(parseTree(`[${'1,'.repeat(60_000)}1]`)).toBeUndefined();
});
