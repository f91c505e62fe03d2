import { expect, test } from 'vitest';
import { planOf } from '../../tests/executions/example-plan.ts';
import { answerExecution } from '../../tests/executions/play-execution.ts';
import { ExecError } from '../support/exec-error.ts';
import { exitOf, phasesOf } from '../wire/record/outcome-facts.ts';

test('the answer comes before the clean-up, and the clean-up always comes', async () => {
  const { calls, callsWhenAnswered, outcome } = await answerExecution({});
  expect(callsWhenAnswered).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'collect']);
  expect(calls.at(-1)).toBe('remove');
  expect(outcome.failure).toBeUndefined();
  expect(Object.keys(phasesOf(outcome)).sort()).toEqual(['collected', 'queued', 'ran', 'staged', 'started']);
});

test('sandbox: is opened with all steps that will run in it, in order', async () => {
  const [step] = planOf().steps;
  if (step === undefined) throw new Error('a plan has a step');
  const steps = ['a', 'b'].map((reference) => ({ ...step, image: { reference, pull: 'missing' as const } }));
  const { specs } = await answerExecution({ plan: { steps } });
  expect(specs).toMatchObject([
    { steps: steps.map((each) => ({ step: each, image: { reference: each.image.reference } })) },
  ]);
});

test('sandbox: gets the fence of the job, and its container the bounds that the agent enforces', async () => {
  const { specs, bounds, kept } = await answerExecution({
    limits: { outputBytes: 1, outputFiles: 2, logBytes: 3000 },
  });
  const [deadline] = kept.flatMap((progress) => (progress.state === 'running' ? [progress.deadline] : []));
  expect(specs).toMatchObject([{ fence: 7 }]);
  expect(bounds).toEqual([{ deadline, outputBytes: 1, outputFiles: 2, logBytes: 3000 }]);
});

test('every handle is recorded before it is relied upon', async () => {
  const { kept } = await answerExecution({});
  expect(kept).toMatchObject([
    { state: 'staging', sandbox: { sandbox: 'scripted' } },
    { state: 'running', container: { container: 'scripted' } },
    { state: 'collecting' },
  ]);
});

test('a failing command is EXIT_NONZERO and its outputs are still collected', async () => {
  const { outcome, calls } = await answerExecution({
    script: {
      exit: { code: 3, reason: 'exited' },
      collected: { missing: ['a'], failures: [{ code: 'OUTPUT_MISSING', message: 'a was not written' }] },
    },
  });
  expect(outcome.failure?.code).toBe('EXIT_NONZERO');
  expect(outcome.failure?.message).toContain('code 3');
  expect(outcome.warnings).toContain('a was not written');
  expect(outcome.collected?.missing).toEqual(['a']);
  expect(calls).toContain('collect');
});

test('a missing output fails an execution whose command did well', async () => {
  const failures = [{ code: 'OUTPUT_MISSING' as const, message: 'a was not written' }];
  const { outcome } = await answerExecution({ script: { collected: { missing: ['a'], failures } } });
  expect(outcome.failure).toEqual(failures[0]);
});

test('a timeout stops the container, and what it wrote is collected', async () => {
  const { outcome, calls } = await answerExecution({
    script: { runsUntilStopped: true, output: [{ stream: 'stdout', text: 'half' }] },
    plan: { timeoutSeconds: 0.02 },
  });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(exitOf(outcome)?.code).toBe(143);
  expect(outcome.output).toBe('half');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'stop', 'collect', 'remove']);
});

test('canceling a running execution stops it and returns what it wrote', async () => {
  const canceling = new AbortController();
  const { outcome, calls } = await answerExecution({
    script: { runsUntilStopped: true },
    signal: canceling.signal,
    onKeep: ({ state }) => {
      if (state === 'running') setImmediate(() => canceling.abort(new ExecError('CANCELED', 'by the user')));
    },
  });
  expect(outcome.failure).toEqual({ code: 'CANCELED', message: 'by the user' });
  expect(calls).toContain('collect');
  expect(calls.at(-1)).toBe('remove');
});

test('canceling before the start starts nothing', async () => {
  const canceling = new AbortController();
  const { outcome, calls } = await answerExecution({
    signal: canceling.signal,
    onKeep: ({ state }) => {
      if (state === 'running') canceling.abort(new ExecError('CANCELED', 'by the user'));
    },
  });
  expect(outcome.failure?.code).toBe('CANCELED');
  expect(exitOf(outcome)).toBeUndefined();
  expect(calls).not.toContain('start');
  expect(calls.at(-1)).toBe('remove');
});

test('a pull that fails makes no sandbox, and its code is the answer', async () => {
  const { outcome, calls } = await answerExecution({
    script: { pullError: new ExecError('IMAGE_NOT_FOUND', 'no such image') },
  });
  expect(outcome.failure).toEqual({ code: 'IMAGE_NOT_FOUND', message: 'no such image' });
  expect(calls).toEqual(['ensure']);
});

test('inputs that cannot be staged end the execution before any container exists', async () => {
  const { outcome, calls } = await answerExecution({
    script: { stageError: new ExecError('INPUT_NOT_FOUND', 'no such object') },
  });
  expect(outcome.failure?.code).toBe('INPUT_NOT_FOUND');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'remove']);
});

test('a command that cannot be started is START_FAILED and nothing is collected', async () => {
  const { outcome, calls } = await answerExecution({
    script: { startError: new ExecError('START_FAILED', 'no such command') },
  });
  expect(outcome.failure?.code).toBe('START_FAILED');
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'remove']);
});

test('running out of memory is said as such', async () => {
  const { outcome } = await answerExecution({ script: { exit: { code: 137, reason: 'out-of-memory' } } });
  expect(outcome.failure?.code).toBe('OUT_OF_MEMORY');
});

test('logs carry time, stream and the steps of the agent, and come only when asked for', async () => {
  const output = [{ stream: 'stderr', text: 'careful\n' }] as const;
  const { outcome } = await answerExecution({
    script: { output },
    plan: { returnLogs: true },
    limits: { logKeepBytes: 1000 },
  });
  expect(outcome.logs).toMatch(/^\S+Z agent image alpine is sha256:0$/m);
  expect(outcome.logs).toMatch(/^1970-01-01T00:00:00.000Z stderr careful$/m);
  expect((await answerExecution({ script: { output } })).outcome.logs).toBeUndefined();
});

test('why a container is ended is recorded before it is stopped, and stays on record', async () => {
  const { kept } = await answerExecution({ script: { runsUntilStopped: true }, plan: { timeoutSeconds: 0.02 } });
  expect(kept.slice(-2)).toMatchObject([
    { state: 'running', failure: { code: 'TIMEOUT' } },
    { state: 'collecting', steps: [{ failure: { code: 'TIMEOUT' } }] },
  ]);
});
