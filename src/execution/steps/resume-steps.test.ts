import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StepScript } from '../../../tests/agent/scripted-runtime.ts';
import { planOf } from '../../../tests/executions/example-plan.ts';
import { answerExecution, type Trial } from '../../../tests/executions/play-execution.ts';
import { ExecError } from '../../support/exec-error.ts';
import { phasesOf } from '../../wire/record/outcome-facts.ts';
import { type ContainerProgress, type Outcome, type Progress, progressSchema } from '../../wire/record/record.ts';
import type { StepResult } from '../../wire/record/step-result.ts';

interface StepCase extends StepScript {
  readonly ignoreError: boolean;
}

const chunk = fc.record({
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  text: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constant('x'.repeat(300)),
    fc.constant('\n'.repeat(40)),
  ),
});

const stepCase: fc.Arbitrary<StepCase> = fc
  .record({
    ignoreError: fc.boolean(),
    output: fc.array(chunk, { maxLength: 4 }),
    code: fc.constantFrom(0, 0, 0, 3, 137),
    reason: fc.constantFrom('exited' as const, 'exited' as const, 'out-of-memory' as const, 'runtime-stopped' as const),
    why: fc.option(fc.string({ maxLength: 3000 }), { nil: undefined }),
    memoryKill: fc.boolean(),
    fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
  .map(({ ignoreError, output, code, reason, why, memoryKill, fails }) => ({
    ignoreError,
    output,
    exit: {
      code,
      reason: code === 0 ? 'exited' : reason,
      ...(why === undefined ? {} : { why }),
      ...(memoryKill && { memoryKill }),
      usage: { cpuSeconds: code, memoryPeakBytes: 7 },
    },
    ...(fails ? { startError: new ExecError('START_FAILED', 'no such command') } : {}),
  }));

function trialOf(cases: readonly StepCase[], logOverflow: 'stop' | 'cut'): Trial {
  const [step] = planOf().steps;
  if (step === undefined) throw new Error('a plan has a step');
  const steps = cases.map(({ ignoreError }) => ({ ...step, ignoreError }));
  return { plan: { steps }, script: { steps: cases }, limits: { logOverflow } };
}

/** As it is read from the record after a crash. */
function recorded(progress: Progress): ContainerProgress | undefined {
  const read = progressSchema.parse(JSON.parse(JSON.stringify(progress)));
  return read.state === 'staging' ? undefined : read;
}

const withoutTimes = ({ startedAt: _, finishedAt: __, ...step }: StepResult) => step;

function comparable({ steps, output, failure, warnings }: Outcome) {
  return { steps: steps.map(withoutTimes), output, failure, warnings };
}

test('resume: after any crashes an execution has the same steps, output and error as without one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepCase, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('stop' as const, 'cut' as const),
      fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      async (cases, logOverflow, crashes) => {
        const trial = trialOf(cases, logOverflow);
        const whole = await answerExecution(trial);
        let { kept } = whole;
        for (const at of crashes) {
          const points = kept.flatMap((progress) => recorded(progress) ?? []);
          const resume = points[at % points.length];
          if (resume === undefined) return;
          const resumed = await answerExecution({ ...trial, resume });
          expect(comparable(resumed.outcome)).toEqual(comparable(whole.outcome));
          // What had ended keeps its times.
          const before = resume.steps.map(({ container: _, ...step }) => step);
          expect(resumed.outcome.steps.slice(0, before.length)).toEqual(before);
          const times = resumed.outcome.steps.map(({ startedAt, finishedAt }) => finishedAt - startedAt);
          expect(Math.min(0, ...times)).toBe(0);
          kept = resumed.kept;
        }
      },
    ),
  );
});

const exited = { code: 0, reason: 'exited' } as const;
const first = { exit: exited, startedAt: 1000, finishedAt: 3000, log: { from: 0, to: 5 }, container: { index: 0 } };
const left: ContainerProgress = {
  sandbox: { sandbox: 'scripted' },
  images: ['a', 'b'].map((reference) => ({ reference, digest: 'sha256:0' })),
  container: { index: 1 },
  step: 1,
  steps: [first],
  startedAt: Date.now() - 2000,
  deadline: Date.now() + 60_000,
};
const [step] = planOf().steps;
const plan = { steps: step === undefined ? [] : [step, step] };
const outputs = [
  { output: [{ stream: 'stdout', text: 'first' }] },
  { output: [{ stream: 'stdout', text: 'second' }] },
] as const;
const { container: _, ...firstResult } = first;

test('resume: a step that had ended is kept with its times, and the next one is followed', async () => {
  const { outcome, calls } = await answerExecution({ resume: left, plan, script: { steps: outputs } });
  expect(outcome.steps[0]).toEqual(firstResult);
  expect(outcome.steps[1]).toMatchObject({ exit: exited, startedAt: left.startedAt, log: { from: 5, to: 11 } });
  expect(outcome.output).toBe('firstsecond');
  expect(phasesOf(outcome).ran).toBeGreaterThanOrEqual(4000);
  expect(calls).toEqual(['start', 'collect', 'remove']);
});

test('resume: a container that ended while no agent was attached has the end that its driver reports', async () => {
  const endedAt = left.startedAt + 500;
  const [one, two] = outputs;
  const script = { steps: [one, { ...two, exit: { ...exited, endedAt } }] };
  const { outcome } = await answerExecution({ resume: left, plan, script });
  expect(outcome.steps[1]).toMatchObject({ startedAt: left.startedAt, finishedAt: endedAt });
  expect(outcome.steps[1]?.exit).toEqual(exited);
});

test.each([
  ['in the future', Date.now() + 1e9],
  ['before its start', 5],
])('resume: an end that a driver dates %s is put between the start and now', async (_when, endedAt) => {
  const script = { exit: { ...exited, endedAt } };
  const { outcome } = await answerExecution({ resume: left, plan, script });
  const { startedAt = 0, finishedAt = 0 } = outcome.steps[1] ?? {};
  expect(finishedAt).toBeGreaterThanOrEqual(startedAt);
  expect(finishedAt).toBeLessThanOrEqual(outcome.finishedAt);
});

test('resume: between two steps the next one is started', async () => {
  const resume = { ...left, container: { index: 0 }, step: 0 };
  const { outcome, calls } = await answerExecution({ resume, plan, script: { steps: outputs } });
  expect(outcome.output).toBe('firstsecond');
  expect(calls).toEqual(['create', 'start', 'collect', 'remove']);
});

test('resume: steps are kept where the containers are gone', async () => {
  const { outcome } = await answerExecution({ resume: left, plan, script: { gone: true } });
  expect(outcome.failure?.code).toBe('AGENT_LOST');
  expect(outcome.steps).toEqual([{ ...firstResult, log: { from: 0, to: 0 } }]);
  expect(outcome.warnings).toEqual([expect.stringMatching(/^Step 1 of 2: The output is lost/)]);
});

test('resume: the output of a step whose container is gone is missing, and the rest goes on', async () => {
  const { outcome } = await answerExecution({ resume: left, plan, script: { steps: outputs, goneContainers: [0] } });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.output).toBe('second');
  expect(outcome.steps.map(({ exit, log }) => [exit, log])).toEqual([
    [exited, { from: 0, to: 0 }],
    [exited, { from: 0, to: 6 }],
  ]);
  expect(outcome.warnings).toEqual([expect.stringContaining('Step 1 of 2: The output is lost')]);
});

test('resume: an error that was recorded is the error of the execution, and no further step runs', async () => {
  const failure = { code: 'EXIT_NONZERO', message: 'The command exited with code 3.' } as const;
  const failed = { ...first, exit: { code: 3, reason: 'exited' as const }, failure };
  const resume = { ...left, container: { index: 0 }, step: 0, steps: [failed] };
  const { outcome, calls } = await answerExecution({ resume, plan, script: { steps: outputs } });
  expect(outcome.failure).toEqual({ code: 'EXIT_NONZERO', message: `Step 1 of 2: ${failure.message}` });
  expect(calls).toEqual(['collect', 'remove']);
});
