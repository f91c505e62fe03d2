import { expect, test } from 'vitest';
import { answerExecution } from '../../../tests/executions/play-execution.ts';
import { standardConfinement } from '../../wire/plan/plan.ts';

test('where containers are known to get out, a policy can have them not started', async () => {
  const script = { programs: [{ name: 'runc', version: '1.1.5' }] };
  const plan = { confinement: { ...standardConfinement, knownEscapes: 'refuse' } } as const;
  const { outcome, calls } = await answerExecution({ script, plan });
  expect(outcome.failure).toMatchObject({ code: 'POLICY_DENIED' });
  expect(outcome.failure?.message).toContain('runc 1.1.5 has CVE-2024-21626');
  expect(calls).toEqual([]);
  expect((await answerExecution({ script })).outcome.failure).toBeUndefined();
});

test('confinement: an OCI runtime that is missing is refused, or reported', async () => {
  const plan = (missing: 'refuse' | 'fall-back') => ({
    confinement: { ...standardConfinement, ociRuntime: { name: 'runsc', missing } },
  });
  expect((await answerExecution({ plan: plan('refuse') })).outcome.failure).toMatchObject({ code: 'POLICY_DENIED' });
  const { outcome } = await answerExecution({ plan: plan('fall-back') });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.warnings.join()).toContain("ran in the engine's own runtime: the OCI runtime runsc");
  const present = await answerExecution({ script: { ociRuntimes: ['runsc'] }, plan: plan('refuse') });
  expect(present.outcome).toMatchObject({ warnings: [] });
});
