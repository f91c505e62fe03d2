import { describe, expect, test } from 'vitest';
import { explainFailedExec } from './explain-failed-exec.ts';

describe('an init process that could not run the command', () => {
  test('tini: the message names the command and the reason', () => {
    const error = explainFailedExec('[FATAL tini (7)] exec no-such failed: No such file or directory\n', 'x');
    expect(error?.code).toBe('START_FAILED');
    expect(error?.message).toContain('"no-such" could not be started: No such file or directory');
    expect(error?.message).toContain('the image has that program');
  });

  test('tini: a command of several lines', () => {
    const error = explainFailedExec('[FATAL tini (7)] exec a\nb failed: Permission denied\n', 'x');
    expect(error?.message).toContain('"a\nb" could not be started: Permission denied');
  });

  test('catatonit, which does not name the command', () => {
    const error = explainFailedExec('ERROR (catatonit:2): failed to exec pid1: Exec format error\n', 'tool');
    expect(error?.message).toContain('"tool" could not be started: Exec format error');
  });

  test.each([
    'sh: no-such: not found\n',
    'line before\n[FATAL tini (7)] exec no-such failed: No such file or directory\n',
    '[FATAL tini (7)] exec no-such failed: No such file or directory\nline after\n',
    '',
  ])('output of the command itself is no failed start: %j', (output) => {
    expect(explainFailedExec(output, 'x')).toBeUndefined();
  });
});
