import { expect, test } from 'vitest';
import { createReadyItems } from './ready-items.ts';

test('ready items: each is taken once or removed once, in any order', async () => {
  const gone: number[] = [];
  const ready = createReadyItems<number>(
    async (item) => void gone.push(item),
    () => undefined,
  );
  for (const item of [1, 2, 3, 4, 5]) ready.add(item);
  expect(ready.take()).toBe(1);
  expect(ready.take((item) => item === 4)).toBe(4);
  expect(ready.take((item) => item === 9)).toBeUndefined();
  ready.discard([2, 4, 2]);
  ready.remove(7);
  await ready.removed();
  expect({ gone, left: ready.items }).toEqual({ gone: [2, 7], left: [3, 5] });
  ready.discard(ready.items);
  await ready.removed();
  expect({ gone, left: ready.items }).toEqual({ gone: [2, 7, 3, 5], left: [] });
});

test('ready items: one that cannot be removed is reported, and removed() still resolves', async () => {
  const failures: unknown[] = [];
  const ready = createReadyItems<number>(
    () => Promise.reject(new Error('busy')),
    (error) => failures.push(error),
  );
  ready.remove(1);
  await ready.removed();
  expect(failures).toEqual([new Error('busy')]);
});
