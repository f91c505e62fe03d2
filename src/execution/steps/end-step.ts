import { asFailure, type ExecError } from '../../support/exec-error.ts';
import type { EndedStep } from '../../wire/record/record.ts';
import type { Journey } from '../journey.ts';
import { failureOf } from './failure-of-exit.ts';
import type { Followed, StartedStep } from './follow-container.ts';
import { makeStepResult, type StepEnd } from './make-step-result.ts';

/** What is known of a step before its container exists. */
interface StepFacts {
  /** Where its output begins, in bytes of the output of the execution. */
  readonly logFrom: number;
  readonly imageDigest?: string;
}

/** Adds the result of a step whose container ended to the report, and records it. */
export async function recordEnd(
  journey: Journey,
  { container, progress, startedAt }: StartedStep,
  { exit, finishedAt, stopReason }: Followed,
  { logFrom, ...image }: StepFacts,
): Promise<void> {
  const { plan, report, transcript, tools } = journey;
  const step = plan.steps[progress.step];
  const output = () => transcript.outputSince(logFrom);
  const failure = stopReason ?? (step && failureOf({ exit, plan, step, output }));
  const facts = { ...image, startedAt, finishedAt, container: container.handle, exit };
  add(journey, { ...facts, failure, wasStopped: stopReason !== undefined }, logFrom);
  transcript.note(`the container ended with code ${exit.code}`);
  const { failure: _, ...rest } = progress;
  const isLast = report.failure() !== undefined || report.steps().length === plan.steps.length;
  await tools.journal.keep({ ...rest, steps: [...report.steps()], state: isLast ? 'collecting' : 'running' });
}

/** Adds the result of a step whose container could not start to the report. */
export function reportStartFailure(
  journey: Journey,
  error: ExecError,
  { logFrom, ...facts }: StepFacts & { readonly startedAt: number },
): void {
  const finishedAt = journey.tools.clock.now();
  add(journey, { ...facts, finishedAt, failure: asFailure(error), wasStopped: false }, logFrom);
}

function add(journey: Journey, end: Omit<StepEnd, 'ignoreError' | 'mask' | 'log'>, logFrom: number): void {
  const { plan, report, transcript, secrets } = journey;
  const { ignoreError = false } = plan.steps[report.steps().length] ?? {};
  const log = { from: logFrom, to: transcript.textBytes() };
  const result: EndedStep = makeStepResult({ ...end, log, ignoreError, mask: secrets.mask().text });
  report.stepEnded(result);
}
