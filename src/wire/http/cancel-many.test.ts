import { expect, test } from 'vitest';
import { cancelManySchema } from './cancel-many.ts';

test('cancel of many: a filter that is empty text, as from a variable that is not set, is refused', () => {
  const accepts = (filter: object) => cancelManySchema.safeParse({ filter }).success;
  expect(accepts({ id: '3f2a' })).toBe(true);
  expect([accepts({ id: '' }), accepts({ prefix: '' }), accepts({ tag: [''] })]).toEqual([false, false, false]);
});
