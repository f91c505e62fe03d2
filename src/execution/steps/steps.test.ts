import { expect, test } from 'vitest';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { answerExecution, runtimeAway } from '../../../tests/executions/play-execution.ts';
import { ExecError } from '../../support/exec-error.ts';
import { delay } from '../../support/time/deadline.ts';
import type { Step } from '../../wire/plan/plan.ts';
import { exitOf, phasesOf, usageOf } from '../../wire/record/outcome-facts.ts';
import { stepTextLength } from '../../wire/record/step-result.ts';
import { plainText } from '../../wire/sentence.ts';

const exited = (code: number) => ({ code, reason: 'exited' }) as const;
const said = (text: string) => ({ output: [{ stream: 'stdout', text }] }) as const;

function stepsOf(...each: readonly Partial<Step>[]): readonly Step[] {
  const [step] = planOf().steps;
  if (step === undefined) throw new Error('a plan has a step');
  return each.map((fields) => ({ ...step, ...fields }));
}

const two = { steps: [...stepsOf({}, {})] };
const three = { steps: [...stepsOf({}, {}, {})] };

test('steps: each keeps its exit, its times, its part of the output and what it used', async () => {
  const usage = { cpuSeconds: 1, memoryPeakBytes: 5 };
  const more = { cpuSeconds: 2, memoryPeakBytes: 3 };
  const { outcome } = await answerExecution({
    plan: two,
    script: {
      steps: [
        { ...said('äb'), exit: { ...exited(0), usage } },
        { ...said('c'), exit: { ...exited(0), usage: more } },
      ],
    },
  });
  const imageDigest = 'sha256:0';
  expect(outcome.steps).toEqual([
    {
      imageDigest,
      exit: { ...exited(0), usage },
      startedAt: expect.any(Number),
      finishedAt: expect.any(Number),
      log: { from: 0, to: 3 },
    },
    {
      imageDigest,
      exit: { ...exited(0), usage: more },
      startedAt: expect.any(Number),
      finishedAt: expect.any(Number),
      log: { from: 3, to: 4 },
    },
  ]);
  for (const { startedAt, finishedAt } of outcome.steps) expect(finishedAt).toBeGreaterThanOrEqual(startedAt);
  expect(outcome.output).toBe('äbc');
  expect(usageOf(outcome)).toEqual({ cpuSeconds: 3, memoryPeakBytes: 5 });
  expect(phasesOf(outcome)).toMatchObject({ started: expect.any(Number), ran: expect.any(Number) });
});

test('timeout: it begins when the container exists, however long that took', async () => {
  const timeoutSeconds = 60;
  const { kept } = await answerExecution({ plan: { timeoutSeconds }, script: { onCreate: () => delay(50) } });
  const times = kept.flatMap((each) => (each.state === 'running' ? [each.deadline - each.startedAt] : []));
  expect(times).toHaveLength(1);
  expect(times[0]).toBeGreaterThanOrEqual(timeoutSeconds * 1000);
});

test('steps: the first that fails ends the execution, and the error names it', async () => {
  const { outcome, calls } = await answerExecution({
    plan: three,
    script: { steps: [{}, { exit: exited(3) }] },
  });
  expect(outcome.failure).toEqual({ code: 'EXIT_NONZERO', message: expect.stringMatching(/^Step 2 of 3: .*code 3/) });
  expect(outcome.steps.map(({ exit }) => exit?.code)).toEqual([0, 3]);
  expect(outcome.steps[1]?.failure).toEqual({ code: 'EXIT_NONZERO', message: expect.stringMatching(/^The command/) });
  expect(exitOf(outcome)?.code).toBe(3);
  expect(calls.filter((call) => call === 'start')).toHaveLength(2);
  expect(calls).toContain('collect');
});

test('steps: an ignored error goes on to the next step, all the way', async () => {
  const { outcome } = await answerExecution({
    plan: { steps: [...stepsOf({ ignoreError: true }, { ignoreError: true }, {})] },
    script: { steps: [{ exit: exited(3) }, { exit: { code: 137, reason: 'out-of-memory' } }, said('last')] },
  });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.steps.map(({ exit, failure, ignored }) => [exit?.code, failure?.code, ignored])).toEqual([
    [3, 'EXIT_NONZERO', true],
    [137, 'OUT_OF_MEMORY', true],
    [0, undefined, undefined],
  ]);
  expect(outcome.output).toBe('last');
});

test('steps: a container that cannot start is a failed step without an exit, and may be ignored', async () => {
  const startError = new ExecError('START_FAILED', 'no such command');
  const script = { steps: [{}, { startError }, said('after')] };
  const strict = (await answerExecution({ plan: three, script })).outcome;
  expect(strict.failure).toEqual({ code: 'START_FAILED', message: 'Step 2 of 3: no such command' });
  expect(strict.steps.map(({ exit }) => exit?.code)).toEqual([0, undefined]);
  const lenient = { steps: [...stepsOf({}, { ignoreError: true }, {})] };
  const { outcome } = await answerExecution({ plan: lenient, script });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.steps[1]).toMatchObject({
    failure: { code: 'START_FAILED', message: 'no such command' },
    ignored: true,
  });
  expect(outcome.output).toBe('after');
});

test('steps: a timeout and a fault of the system are not ignored', async () => {
  const lenient = { steps: [...stepsOf({}, { ignoreError: true }, {})], timeoutSeconds: 0.05 };
  const late = (await answerExecution({ plan: lenient, script: { steps: [{}, { runsUntilStopped: true }] } })).outcome;
  expect(late.failure?.message).toMatch(/^Step 2 of 3: The steps together ran longer than the timeout of 0.05 s/);
  expect(late.steps[1]).toMatchObject({ exit: { code: 143 }, failure: { code: 'TIMEOUT' } });
  expect(late.steps[1]).not.toHaveProperty('ignored');
  const stopped = { steps: [{}, { exit: { code: 143, reason: 'runtime-stopped' } as const }] };
  const { outcome } = await answerExecution({ plan: { ...lenient, timeoutSeconds: 5 }, script: stopped });
  expect(outcome.failure?.code).toBe('RUNTIME_UNAVAILABLE');
  expect(outcome.steps).toHaveLength(2);
});

test('steps: a runtime that is away after the first step fails the execution, which does not begin anew', async () => {
  const { outcome } = await answerExecution({
    plan: two,
    script: { steps: [said('once'), { startError: runtimeAway }] },
  });
  expect(outcome.failure).toEqual({ code: 'RUNTIME_UNAVAILABLE', message: `Step 2 of 2: ${runtimeAway.message}` });
  expect(outcome.steps).toMatchObject([{ exit: { code: 0 } }]);
  expect(outcome.output).toBe('once');
});

test('steps: a cancellation is about no step in particular', async () => {
  const canceling = new AbortController();
  const { outcome } = await answerExecution({
    plan: two,
    script: { steps: [{}, { runsUntilStopped: true }] },
    signal: canceling.signal,
    onKeep(progress) {
      if (progress.state === 'running' && progress.step === 1)
        setImmediate(() => canceling.abort(new ExecError('CANCELED', 'by the user')));
    },
  });
  expect(outcome.failure).toEqual({ code: 'CANCELED', message: 'by the user' });
  expect(outcome.steps.map(({ failure }) => failure?.code)).toEqual([undefined, 'CANCELED']);
});

test('steps: an error is explained by the output of its own step', async () => {
  const { outcome } = await answerExecution({
    plan: { steps: [...stepsOf({ ignoreError: true }, {})] },
    script: {
      steps: [
        { output: [{ stream: 'stderr', text: 'dd: No space left on device\n' }], exit: exited(1) },
        { exit: exited(2) },
      ],
    },
  });
  expect(plainText(outcome.steps[0]?.failure?.message ?? '')).toContain('No space left');
  expect(outcome.failure?.message).toBe('Step 2 of 2: The command exited with code 2. Its output says more.');
});

test('steps: what a driver says about an end is kept in bounds and without secrets', async () => {
  const why = `The node was drained: s3cret-value ${'x'.repeat(5000)}`;
  const { outcome, kept } = await answerExecution({
    secrets: [{ name: 'S', as: 'variable', value: Buffer.from('s3cret-value') }],
    plan: { secrets: [{ name: 'S', as: 'variable' }] },
    script: { exit: { code: 137, reason: 'runtime-stopped', why } },
  });
  const told = outcome.steps[0]?.exit?.why ?? '';
  expect(told).toMatch(/^The node was drained: \*+ x+…$/);
  expect(told.length).toBeLessThanOrEqual(stepTextLength);
  expect(outcome.failure?.message).toContain('The node was drained');
  expect(JSON.stringify([outcome, kept])).not.toContain('s3cret-value');
});
