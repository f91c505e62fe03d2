import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueAt } from './field-name.ts';
import { findIllFormedText, mayHoldIllFormedText } from './ill-formed-text.ts';

const anyText = fc.string({ unit: 'binary' });
const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
const half = fc.constantFrom('\ud800', '\udfff', 'a\udc00', '\ud83d!');

test('findIllFormedText: finds nothing in JSON whose text is well-formed', () => {
  fc.assert(
    fc.property(json, anyText, (value, name) => {
      expect(findIllFormedText({ [name]: value, list: [value] })).toBeUndefined();
    }),
  );
});

test('findIllFormedText: names the place of half a surrogate pair, however JSON spells it', () => {
  fc.assert(
    fc.property(half, json, fc.boolean(), (text, other, isEscaped) => {
      const written = JSON.stringify({ a: other, b: [other, { c: text }] });
      const spelled = isEscaped ? written : written.replace(JSON.stringify(text), `"${text}"`);
      expect(mayHoldIllFormedText(spelled)).toBe(true);
      const path = findIllFormedText(JSON.parse(spelled));
      expect(path).toEqual(['b', 1, 'c']);
      expect(valueAt(JSON.parse(spelled), path ?? [])).toBe(text);
    }),
  );
});

test('findIllFormedText: names the field whose name is ill-formed', () => {
  expect(findIllFormedText({ tags: { '\ud800': 'x' } })).toEqual(['tags', '\ud800']);
});
