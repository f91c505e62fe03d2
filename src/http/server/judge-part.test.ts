import { expect, test } from 'vitest';
import { z } from 'zod';
import { judgePart, refuseUnknownQuery } from './judge-part.ts';

const schema = z.object({ limit: z.coerce.number().int().max(500).optional(), state: z.enum(['a', 'b']).optional() });

test('query: a value that is wrong is named without the words of the library', () => {
  expect(judgePart(schema, { limit: '7' })).toEqual({ value: { limit: 7 } });
  for (const [value, sentence] of [
    [{ limit: '501' }, 'limit: Use at most 500.'],
    [{ limit: '1.5' }, 'limit: Use a whole number.'],
    [{ limit: 'x', state: 'c' }, 'limit: Use a number. state: Use one of "a", "b".'],
  ] as const)
    expect(judgePart(schema, value)).toMatchObject({ error: { status: 400, message: sentence } });
});

test('query: a parameter that is not known is named with the nearest one', () => {
  refuseUnknownQuery(schema, { limit: 'x' });
  refuseUnknownQuery(undefined, undefined);
  refuseUnknownQuery(z.unknown(), { any: '1' });
  expect(() => refuseUnknownQuery(schema, { limt: '1', colour: 'red' })).toThrow(
    'limt: is not a parameter here. Did you mean limit? colour: is not a parameter here. Known are: limit, state.',
  );
  expect(() => refuseUnknownQuery(undefined, { limit: '1' })).toThrow(
    'limit: is not a parameter here. This route takes none.',
  );
});
