import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createListeners } from './listeners.ts';
import { sendAndWait } from './send-and-wait.ts';

const isWanted = (text: string) => text === 'mine';

test('sendAndWait: takes the response that comes while the request is still being sent', async () => {
  const responses = createListeners<string>();
  const send = async () => {
    responses.tell('other');
    responses.tell('mine');
  };
  expect(await sendAndWait({ responses, isWanted, send, signal: undefined })).toBe('mine');
});

test('sendAndWait: ends with the reason of the signal, or with what the sending threw', async () => {
  const responses = createListeners<string>();
  const abort = new AbortController();
  const { signal } = abort;
  const failing = { responses, isWanted, signal, send: () => Promise.reject(new Error('not sent')) };
  await expect(sendAndWait(failing)).rejects.toThrow('not sent');
  const waiting = sendAndWait({ responses, isWanted, signal, send: async () => abort.abort(new Error('enough')) });
  await expect(waiting).rejects.toThrow('enough');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
