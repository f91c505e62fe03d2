import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from './indent-json.ts';

test('JSON: a text that is no JSON stays as it is', () => {
  const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', ' ', '\n');
  for (const wrong of ['}', ']]', '{"a":1}}', '"a']) expect(indentJson(wrong)).toBe(wrong);
  fc.assert(
    fc.property(fc.string({ unit: piece }), (text) => {
      const withoutSpace = (some: string) => some.replaceAll(/\s/g, '');
      expect(withoutSpace(indentJson(text))).toBe(withoutSpace(text));
    }),
  );
});

test('JSON: deep nesting does not fill the memory with spaces', () => {
  const deep = 100_000;
  expect(indentJson(`${'['.repeat(deep)}${']'.repeat(deep)}`).length).toBeLessThan(200 * deep);
});
