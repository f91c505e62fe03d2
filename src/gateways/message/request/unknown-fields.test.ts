import { expect, test } from 'vitest';
import { z } from 'zod';
import { unknownFields } from './unknown-fields.ts';

const schema = z.object({
  files: z.array(z.object({ name: z.string() })).optional(),
  free: z.looseObject({}).optional(),
});

test('unknown fields: names the first and counts all', () => {
  const value = { files: [{ name: 'a' }, { name: 'b', x: 1 }], free: { y: 1 }, z: 1, constructor: 1 };
  expect(unknownFields(schema, value, 2)).toEqual({ names: ['files[1].x', 'z'], total: 3 });
});

test('unknown fields: many of them cost no sentence each', () => {
  const value = Object.fromEntries(Array.from({ length: 600_000 }, (_, index) => [`x${index}`, 1]));
  const started = performance.now();
  expect(unknownFields(schema, value, 1)).toEqual({ names: ['x0'], total: 600_000 });
  expect(performance.now() - started).toBeLessThan(1500);
});
