import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { explainStart } from './explain-start.ts';

const { ENOENT, EACCES, EPERM } = constants.errno;

test.each([
  ['execute the command', ENOENT, 'START_FAILED', '"tool" could not be started: No such file'],
  ['execute the command', EACCES, 'START_FAILED', 'Permission denied'],
  ['open the standard streams', ENOENT, 'START_FAILED', 'standard input /in could not be opened'],
  ['enter the working directory', EACCES, 'START_FAILED', 'enter the working directory'],
  ['make a network namespace', EPERM, 'RUNTIME_UNAVAILABLE', 'user namespaces'],
])('explainStart: what fails at "%s" with %s is %s', (what, errno, code, words) => {
  const error = explainStart({ kind: 'failed', errno, what }, { command: 'tool', stdin: '/in' });
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
});

test('explainStart: a pod that refuses says why', () => {
  expect(explainStart({ kind: 'refused', why: 'eth0' }, { command: 'tool' }).message).toContain('eth0');
});
