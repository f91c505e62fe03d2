import { expect, test } from 'vitest';
import { z } from 'zod';
import { costRatio } from '../../../../tests/parts/measure/cost-ratio.ts';
import { unknownFields } from './unknown-fields.ts';

const schema = z.object({
  files: z.array(z.object({ name: z.string() })).optional(),
  free: z.looseObject({}).optional(),
});

test('unknown fields: names the first and counts all', () => {
  const value = { files: [{ name: 'a' }, { name: 'b', x: 1 }], free: { y: 1 }, z: 1, constructor: 1 };
  expect(unknownFields(schema, value, 2)).toEqual({ names: ['files[1].x', 'z'], misspelt: [], total: 3 });
});

test('unknown fields: only those that are shown cost a name each', () => {
  const depth = 200;
  let deep: z.core.$ZodType = z.object({});
  let value: object = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
  for (let level = 0; level < depth; level += 1) {
    deep = z.object({ a: deep });
    value = { a: value };
  }
  const find = (max: number) => () => unknownFields(deep, value, max);
  expect(find(1)()).toEqual({ names: [`${'a.'.repeat(depth)}x0`], misspelt: [], total: 5000 });
  // A name is put together from its 201 parts.
  expect(costRatio(find(1), find(5000))).toBeLessThan(0.5);
});
