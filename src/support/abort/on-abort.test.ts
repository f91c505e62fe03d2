import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { awaitWithSignal } from './await-with-signal.ts';
import { destroyOnAbort } from './destroy-on-abort.ts';
import { followAbort } from './follow-abort.ts';
import { onAbort } from './on-abort.ts';

test('onAbort: calls once, at once for a signal that is aborted already, never once stopped', () => {
  const calls: string[] = [];
  const abort = new AbortController();
  onAbort(abort.signal, () => calls.push('kept'));
  onAbort(abort.signal, () => calls.push('stopped'))();
  onAbort(undefined, () => calls.push('none'))();
  abort.abort();
  onAbort(abort.signal, () => calls.push('late'));
  expect(calls).toEqual(['kept', 'late']);
});

test('abort helpers: no listener stays on a signal that outlives the work', async () => {
  const { signal } = new AbortController();
  expect(await awaitWithSignal(Promise.resolve(1), signal)).toBe(1);
  await expect(awaitWithSignal(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  followAbort(new AbortController(), signal)();
  destroyOnAbort(new PassThrough(), signal)();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('awaitWithSignal: rejects with the reason of the signal while the promise is pending', async () => {
  const abort = new AbortController();
  const waited = awaitWithSignal(new Promise(() => undefined), abort.signal);
  abort.abort(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
  await expect(awaitWithSignal(Promise.resolve(), abort.signal)).rejects.toThrow('enough');
});
