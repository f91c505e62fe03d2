import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { plainText } from '../../wire/sentence.ts';
import { failureOf } from './failure-of-exit.ts';

const MiB = 1024 ** 2;

function failureWith(code: number, output = '') {
  const plan = planOf({ resources: { cpus: 1, memoryBytes: MiB, pids: 9, scratchBytes: MiB, shmBytes: 64 * MiB } });
  const [step] = plan.steps;
  if (step === undefined) throw new Error('the plan has no step');
  const failure = failureOf({ exit: { code, reason: 'exited' }, plan, step, output: () => output });
  return failure && { ...failure, message: plainText(failure.message) };
}

test('failureOf: SIGBUS names the setting of /dev/shm', () => {
  expect(failureWith(135)).toEqual({
    code: 'EXIT_NONZERO',
    message: expect.stringMatching(/signal 7.*SIGBUS.*\/dev\/shm.*holds 64 MiB.*resources\.shm/),
  });
});

test('failureOf: a full /dev/shm that a command names is explained by its setting', () => {
  expect(failureWith(1, 'dd: No space left on device')?.message).toContain('/dev/shm holds 64 MiB (resources.shm)');
});

test('failureOf: no other exit code is blamed on it', () => {
  expect(failureWith(134)?.message).not.toContain('shm');
});
