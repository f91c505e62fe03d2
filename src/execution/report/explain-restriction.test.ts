import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { type Confinement, standardConfinement } from '../../wire/plan/plan.ts';
import { plainText } from '../../wire/sentence.ts';
import { explainRestriction } from './explain-restriction.ts';

const resources = {
  cpus: 1,
  memoryBytes: 1024 ** 2,
  pids: 9,
  scratchBytes: 2 * 1024 ** 2,
  shmBytes: 3 * 1024 ** 2,
  openFiles: 77,
};

function explain(output: string, step: object = {}, confinement: Partial<Confinement> = {}) {
  const plan = planOf({ resources, confinement: { ...standardConfinement, ...confinement } });
  const [first] = plan.steps;
  if (first === undefined) throw new Error('the plan has no step');
  const explained = explainRestriction(output, plan, { ...first, ...step });
  return explained === undefined ? undefined : plainText(explained);
}

test.each([
  ['touch: /x: Read-only file system', /inputs and configuration are read-only/],
  [
    'OSError: [Errno 28] No space left on device',
    /hold 2 MiB each \(resources\.scratch\), and \/dev\/shm holds 3 MiB \(resources\.shm\)/,
  ],
  ['sh: too many open files', /77 files open \(EXEC_OPEN_FILES/],
  ["sh: can't fork: Resource temporarily unavailable", /9 processes and threads \(resources\.pids\)/],
  ['MemoryError', /1 MiB of memory \(resources\.memory\)/],
  ["wget: bad address 'example.com'", /no network \(network\.mode\)/],
  ['mount: permission denied (are you root?)\nmknod: Operation not permitted', /CHOWN, .* and no others/],
])('%j is explained by the setting that it met', (output, message) => {
  expect(explain(output)).toMatch(message);
});

test('restriction: a read-only root filesystem is explained by its own setting', () => {
  expect(explain('Read-only file system', { readOnlyRoot: true })).toMatch(/readOnlyRoot, or the policy/);
});

test('restriction: a user that may not be root is named where permission is denied', () => {
  expect(explain('Permission denied')).toBeUndefined();
  expect(explain('Permission denied', {}, { user: 'never-root', preset: 'strict' })).toMatch(/not root .*"strict"/);
  expect(explain('Permission denied', { user: '5' })).toMatch(/the user 5 \(user\)/);
});

test('an ordinary failure is not blamed on a restriction, nor one that was said long before the end', () => {
  expect(explain('Traceback: ValueError')).toBeUndefined();
  expect(explain(`Read-only file system${'x'.repeat(5000)}`)).toBeUndefined();
});
