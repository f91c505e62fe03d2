import { expect, test } from 'vitest';
import { deferred } from '../../support/time/deferred.ts';
import { drainLogs } from './drain-logs.ts';

const journey = { tools: { limits: { logDrainMs: 10 } }, detach: new AbortController().signal };
const silent = (done: Promise<void>) => ({ done, readBytes: () => 0 });
const { promise: never } = deferred<void>();

test('output: is waited for while the runtime cannot be reached, however silent it is', async () => {
  const { promise: done, resolve } = deferred<void>();
  let asked = 0;
  const isOutputLate = () => {
    asked += 1;
    // More often than silence is waited for.
    if (asked === 15) resolve();
    return true;
  };
  expect(await drainLogs(silent(done), { isOutputLate }, journey)).toBe(true);
});

test('output: is not waited for when it is silent, or for ever while the runtime cannot be reached', async () => {
  expect(await drainLogs(silent(never), {}, journey)).toBe(false);
  expect(await drainLogs(silent(never), { isOutputLate: () => true }, journey)).toBe(false);
});

test('output: is not waited for by an agent that leaves', async () => {
  const detach = AbortSignal.abort();
  expect(await drainLogs(silent(never), { isOutputLate: () => true }, { ...journey, detach })).toBe(false);
});
