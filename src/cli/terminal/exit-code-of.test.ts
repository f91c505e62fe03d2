import { expect, test } from 'vitest';
import { createTestResponse } from '../../../tests/cli/helpers/test-response.ts';
import type { ErrorCode } from '../../wire/response/error-codes.ts';
import { exitCodeOf } from './exit-code-of.ts';

function codeOf(error: ErrorCode | undefined, exit?: number) {
  return exitCodeOf(createTestResponse({ error, exit }));
}

test('the exit code is that of the container when it ran to its end', () => {
  expect(codeOf(undefined, 0)).toBe(0);
  expect(codeOf('EXIT_NONZERO', 3)).toBe(3);
  expect(codeOf('OUT_OF_MEMORY', 137)).toBe(137);
});

test('a command that did well with results that are not whole is 1', () => {
  expect(codeOf('OUTPUT_MISSING', 0)).toBe(1);
  expect(codeOf('OUTPUT_INVALID', 0)).toBe(1);
});

test('exit code: a timeout is 124 and a cancel 130, for any exit code of the container', () => {
  expect(codeOf('TIMEOUT', 143)).toBe(124);
  expect(codeOf('CANCELED', 137)).toBe(130);
  expect(codeOf('CANCELED')).toBe(130);
});

test('what could not be run is 125', () => {
  for (const code of ['IMAGE_NOT_FOUND', 'RUNTIME_UNAVAILABLE', 'INTERNAL'] as const) expect(codeOf(code)).toBe(125);
  expect(codeOf('START_FAILED', 127)).toBe(125);
});

test('exit code: an invalid request is 2, a refused one is 3', () => {
  expect(codeOf('INVALID_REQUEST')).toBe(2);
  expect(codeOf('POLICY_DENIED')).toBe(3);
  expect(codeOf('QUEUE_FULL')).toBe(3);
});
