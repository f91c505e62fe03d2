import { expect, test } from 'vitest';
import type { Failure } from '../../wire/record/record.ts';
import type { ErrorCode } from '../../wire/response/error-codes.ts';
import { createRuntimeWatch } from './watch-runtime.ts';

function failure(code: ErrorCode): Failure {
  return { code, message: '' };
}

function watch(answers: (true | string)[]) {
  let probes = 0;
  const probe = async () => {
    probes += 1;
    const answer = answers.shift() ?? true;
    return answer === true ? { ok: true, reason: 'it answers' } : { ok: false, reason: answer };
  };
  return { ...createRuntimeWatch({ probe }, { probeMs: 1000, holdMs: 0 }), probes: () => probes };
}

test('a runtime is not asked as long as executions get on with it', async () => {
  const { note, trouble, probes } = watch([]);
  note(undefined);
  note(failure('EXIT_NONZERO'));
  expect(await trouble()).toBeUndefined();
  expect(probes()).toBe(0);
});

test('after an execution that met no runtime it is asked until it answers', async () => {
  const { note, trouble, probes } = watch(['away', 'still away', true]);
  note(failure('RUNTIME_UNAVAILABLE'));
  expect([await trouble(), await trouble(), await trouble(), await trouble()]).toEqual([
    'away',
    'still away',
    undefined,
    undefined,
  ]);
  expect(probes()).toBe(3);
});

test('a probe that fails is trouble, too', async () => {
  const failing = { probe: async () => Promise.reject(new Error('no answer in time')) };
  const { note, trouble } = createRuntimeWatch(failing, { probeMs: 1000, holdMs: 0 });
  note(failure('RUNTIME_UNAVAILABLE'));
  expect(await trouble()).toBe('no answer in time');
});
