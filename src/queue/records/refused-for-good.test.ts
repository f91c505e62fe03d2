import { expect, test } from 'vitest';
import { isRefusedForGood } from './refused-for-good.ts';

function reply(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

test.each([
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  'ERR Error running script: @user_script:1: -READONLY You cannot write',
  'NOPERM this user has no permissions',
])('refused for good: not while Redis may accept the call later: %s', (message) => {
  expect(isRefusedForGood(reply(message))).toBe(false);
});

test('refused for good: a reply about the call itself is, a lost connection is not', () => {
  expect(isRefusedForGood(reply('ERR Error running script: user_script:18: invalid unicode escape code'))).toBe(true);
  expect(isRefusedForGood(new Error('Connection is closed.'))).toBe(false);
});
