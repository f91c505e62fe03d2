import { expect, test } from 'vitest';
import { createPartBuffers } from './part-buffers.ts';

const signal = new AbortController().signal;

test('who finds no free buffer waits for one that is given back', async () => {
  const buffers = createPartBuffers({ count: 2, bytes: 8 });
  const first = await buffers.take(signal);
  await buffers.take(signal);
  const waiting = buffers.take(signal);
  buffers.give(first);
  expect(await waiting).toBe(first);
});

test('who stops waiting leaves the buffer to the next', async () => {
  const buffers = createPartBuffers({ count: 1, bytes: 8 });
  const only = await buffers.take(signal);
  const controller = new AbortController();
  const impatient = buffers.take(controller.signal);
  const patient = buffers.take(signal);
  controller.abort(new Error('canceled'));
  await expect(impatient).rejects.toThrow('canceled');
  buffers.give(only);
  expect(await patient).toBe(only);
});
