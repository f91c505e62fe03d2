import { expect, test } from 'vitest';
import type { ErrorCode } from '../wire/error-codes.ts';
import { decideRetry } from './decide-retry.ts';

const decide = (code: ErrorCode | undefined, number: number, retry = { attempts: 3, onExit: false }) =>
  decideRetry({ retry }, { number }, code === undefined ? undefined : { code, message: '' });

test('failures on the agent’s side are tried again, ever later, as often as the request allows', () => {
  expect([1, 2, 3].map((number) => decide('STORE_UNAVAILABLE', number))).toEqual([1000, 2000, undefined]);
  expect(decide('STORE_UNAVAILABLE', 20, { attempts: 50, onExit: false })).toBe(60_000);
});

test('what the request itself brought about is not tried again', () => {
  const codes = ['EXIT_NONZERO', 'TIMEOUT', 'CANCELED', 'INPUT_NOT_FOUND', 'OUT_OF_MEMORY'] as const;
  expect(codes.map((code) => decide(code, 1))).toEqual(codes.map(() => undefined));
  expect(decide(undefined, 1)).toBeUndefined();
});

test('a failing command is tried again where the request asks for it', () => {
  expect(decide('EXIT_NONZERO', 1, { attempts: 2, onExit: true })).toBe(1000);
  expect(decide('TIMEOUT', 1, { attempts: 2, onExit: true })).toBeUndefined();
});
