import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { explainStart } from './explain-start.ts';

const { EACCES, EISDIR, ENOENT, EPERM, EROFS } = constants.errno;

test.each([
  ['execute the command', ENOENT, 'START_FAILED', '"tool" could not be started: No such file'],
  ['execute the command', EACCES, 'START_FAILED', 'Permission denied'],
  ['open the standard input', ENOENT, 'START_FAILED', 'standard input /in could not be opened: No such file'],
  [
    'open the standard output',
    EROFS,
    'START_FAILED',
    'standard output /out could not be opened: Read-only file system',
  ],
  ['open the standard error', EISDIR, 'START_FAILED', 'standard error /err could not be opened: Is a directory'],
  ['enter the working directory', EACCES, 'START_FAILED', 'enter the working directory'],
  ['make a network namespace', EPERM, 'RUNTIME_UNAVAILABLE', 'user namespaces'],
])('explainStart: what fails at "%s" with %s is %s', (what, errno, code, words) => {
  const error = explainStart(
    { kind: 'failed', errno, what },
    { command: 'tool', stdin: '/in', stdout: '/out', stderr: '/err' },
  );
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
});

test('explainStart: a pod that refuses says why', () => {
  expect(explainStart({ kind: 'refused', why: 'eth0' }, { command: 'tool' }).message).toContain('eth0');
});
