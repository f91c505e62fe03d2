import { expect, test } from 'vitest';
import type { ErrorCode } from '../wire/response/error-codes.ts';
import { decidePutBack, decideRetry } from './decide-retry.ts';

const times = { startedAt: 1, finishedAt: 2, log: { from: 0, to: 0 } };

/** `inStep`: the failure is that of a step. */
function decide(code: ErrorCode | undefined, number: number, retry = { attempts: 3, onExit: false }, inStep = true) {
  const failure = code === undefined ? undefined : { code, message: '' };
  const steps = [{ ...times, ...(inStep && failure && { failure }) }];
  return decideRetry({ retry }, { number }, { ...(failure && { failure }), steps });
}

test('retry: failures on the agent’s side are tried again, ever later, as often as the request allows', () => {
  expect([1, 2, 3].map((number) => decide('STORE_UNAVAILABLE', number))).toEqual([1000, 2000, undefined]);
  expect(decide('STORE_UNAVAILABLE', 20, { attempts: 50, onExit: false })).toBe(60_000);
});

test('retry: failures that the request caused are not tried again', () => {
  const codes = ['EXIT_NONZERO', 'TIMEOUT', 'CANCELED', 'INPUT_NOT_FOUND', 'OUT_OF_MEMORY'] as const;
  expect(codes.map((code) => decide(code, 1))).toEqual(codes.map(() => undefined));
  expect(decide(undefined, 1)).toBeUndefined();
});

test('retry: a failing step is tried again where the request asks for it', () => {
  expect(decide('EXIT_NONZERO', 1, { attempts: 2, onExit: true })).toBe(1000);
  expect(decide('TIMEOUT', 1, { attempts: 2, onExit: true })).toBeUndefined();
});

test('retry: a step whose error is ignored is no reason to try again', () => {
  const ignored = { ...times, failure: { code: 'EXIT_NONZERO', message: '' }, ignored: true } as const;
  const outcome = { failure: { code: 'OUTPUT_MISSING', message: '' }, steps: [ignored] } as const;
  expect(
    decideRetry({ retry: { attempts: 3, onExit: true } }, { number: 1 }, { ...outcome, steps: [ignored] }),
  ).toBeUndefined();
});

test('put back: an unavailable runtime is waited for some minutes, a full one for as long as it takes', () => {
  const waits = Array.from({ length: 30 }, (_, times) => decidePutBack('runtime away', times) ?? 0);
  const minutes = waits.reduce((sum, ms) => sum + ms, 0) / 60_000;
  expect(minutes).toBeGreaterThan(4);
  expect(minutes).toBeLessThan(10);
  expect(decidePutBack('runtime away', 30)).toBeUndefined();
  expect(decidePutBack('runtime full', 1_000_000)).toBe(5000);
});
