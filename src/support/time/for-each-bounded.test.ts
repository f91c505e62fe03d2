import { expect, test } from 'vitest';
import { forEachBounded } from './for-each-bounded.ts';

const signal = new AbortController().signal;

test('every item is worked on once, no more at a time than allowed', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachBounded([1, 2, 3, 4, 5], 2, signal, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    done.push(item);
    running -= 1;
  });
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('the first failure stops the rest and is thrown once all have ended', async () => {
  const started: number[] = [];
  let stopped = false;
  const working = forEachBounded([1, 2, 3, 4], 2, signal, async (item, stop) => {
    started.push(item);
    if (item === 1) throw new Error('broken');
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
    stopped = true;
    stop.throwIfAborted();
  });
  await expect(working).rejects.toThrow('broken');
  expect(started).toEqual([1, 2]);
  expect(stopped).toBe(true);
});

test('an abort from outside is thrown with its reason, also before the start', async () => {
  const aborted = AbortSignal.abort(new Error('canceled'));
  await expect(forEachBounded([1], 1, aborted, async () => undefined)).rejects.toThrow('canceled');
});
