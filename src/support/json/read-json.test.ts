import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { maxJsonDepth } from './json.ts';
import { readExactJson, readJson } from './read-json.ts';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

test('readJson: gives the value that the schema describes', () => {
  expect(readJson('{"a":1}', z.object({ a: z.number() }))).toEqual({ data: { a: 1 } });
});

test('readJson: names the field that is wrong', () => {
  const { problem } = readJson('{"a":{"b":"x"}}', z.object({ a: z.object({ b: z.number() }) }));
  expect(problem).toMatch(/^a\.b: /);
});

test('readJson: refuses deeper nesting than the limit, however deep', () => {
  expect(readJson(nested(maxJsonDepth), z.unknown()).problem).toBeUndefined();
  for (const depth of [maxJsonDepth + 1, 100_000])
    for (const read of [readJson, readExactJson]) expect(read(nested(depth), z.unknown()).problem).toContain('deep');
});

test('readExactJson: keeps the digits of a number', () => {
  const { data } = readExactJson('{"n":12345678901234567890}', z.object({ n: z.unknown() }));
  expect(String(data?.n)).toBe('12345678901234567890');
});

test('readJson and readExactJson: return for any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    fc.integer({ min: 0, max: 5000 }).map(nested),
  );
  const schema = z.object({ a: z.record(z.string(), z.unknown()) });
  fc.assert(
    fc.property(texts, (text) => {
      for (const read of [readJson, readExactJson])
        expect(Object.keys(read(text, schema))).toEqual([expect.stringMatching(/^(data|problem)$/)]);
    }),
  );
});
