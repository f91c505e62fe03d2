import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinFields } from './join-fields.ts';

const objects = fc.dictionary(fc.string(), fc.jsonValue());

test('joinFields: texts take the place of the values, in their order', () => {
  fc.assert(
    fc.property(objects, objects, (object, others) => {
      const texts = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, JSON.stringify(value)]));
      const expected = Object.entries(object).map(([name, value]) => {
        return [name, Object.hasOwn(others, name) ? others[name] : value];
      });
      expect(Object.entries(JSON.parse(joinFields(object, texts)))).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
  );
});

test('joinFields: leaves out what has no text, and keeps digits and names that objects cannot hold', () => {
  const object = { a: undefined, b: 1, __proto__: 1, c: 2 };
  expect(joinFields(object, { b: '1.0', c: undefined, d: '1' })).toBe('{"b":1.0}');
  expect(joinFields({ graph: null }, { graph: '{"__proto__":12345678901234567890}' })).toBe(
    '{"graph":{"__proto__":12345678901234567890}}',
  );
});
