import { describe, expect, test } from 'vitest';
import { errorCodeNames } from '../../../wire/response/error-codes.ts';
import { splitLog } from './split-log.ts';
import { executionStatesOf, taskStateOf, taskStates } from './task-state.ts';

describe('the log of a task', () => {
  const time = '2026-01-01T00:00:00.000Z';

  test('is split by step and stream', () => {
    const log = [
      `${time} agent staged 1 input files, 2 bytes`,
      `${time} stdout one`,
      `${time} stderr two`,
      `${time} stdout `,
      `${time} agent the container ended with code 0`,
      `${time} stdout agent the container ended with code 0`,
      `${time} stdout three`,
      `${time} agent the container ended with code 1`,
      '',
    ].join('\n');
    expect(splitLog(log, 2)).toEqual([
      { stdout: 'one\n\n', stderr: 'two\n' },
      { stdout: 'agent the container ended with code 0\nthree\n', stderr: '' },
    ]);
  });

  test('keeps the mark for what was left out, and is empty without steps', () => {
    expect(splitLog(`[… 5 bytes left out …]\n${time} stdout x\n`, 1)).toEqual([
      { stdout: '[… 5 bytes left out …]\nx\n', stderr: '' },
    ]);
    expect(splitLog(`${time} stdout x\n`, 0)).toEqual([]);
  });
});

describe('the state of a task', () => {
  test('is final for every end, and one that clients know', () => {
    const final = ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED'];
    for (const code of [...errorCodeNames, 'OK', 'A_LATER_CODE']) {
      const state = taskStateOf({ state: 'finished', code });
      expect(final).toContain(state);
      expect(executionStatesOf(state)).toEqual(['finished']);
    }
    expect(taskStateOf({ state: 'finished', code: 'EXIT_NONZERO' })).toBe('EXECUTOR_ERROR');
    expect(taskStateOf({ state: 'finished', code: 'INPUT_NOT_FOUND' })).toBe('SYSTEM_ERROR');
  });

  test('is that of executions in the states that it stands for', () => {
    expect(executionStatesOf('RUNNING')).toEqual(['running', 'collecting']);
    for (const state of taskStates) {
      const known = executionStatesOf(state).filter((each) => each !== 'finished');
      for (const each of known) expect(taskStateOf({ state: each })).toBe(state);
    }
    for (const state of ['PAUSED', 'PREEMPTED', 'CANCELING', 'UNKNOWN'] as const)
      expect(executionStatesOf(state)).toEqual([]);
  });
});
