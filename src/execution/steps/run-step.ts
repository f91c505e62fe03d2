import type { Container, ResolvedImage, Sandbox, StartBounds } from '../../runtimes/runtime.ts';
import { awaitWithSignal } from '../../support/abort/await-with-signal.ts';
import { asFailure, ExecError, toExecError } from '../../support/exec-error.ts';
import type { ContainerProgress, Exit } from '../../wire/record/record.ts';
import type { Sentence } from '../../wire/sentence.ts';
import type { ExecutionLimits } from '../execution-tools.ts';
import type { Journey } from '../journey.ts';
import { recordEnd, reportStartFailure } from './end-step.ts';
import { followContainer, type StartedStep } from './follow-container.ts';
import { failureOfStep } from './name-step.ts';

export interface StepRun {
  readonly sandbox: Sandbox;
  /** One per step. */
  readonly images: readonly ResolvedImage[];
  /** When the time of the plan ends, in epoch milliseconds; it begins with the first call. */
  readonly deadlineOf: () => number;
  readonly signal: AbortSignal;
  /** A lost agent created the container of this step. */
  readonly resumed?: CreatedStep;
}

interface CreatedStep {
  readonly container: Container;
  readonly progress: ContainerProgress;
}

/**
 * Runs the next step and adds its result to the report.
 * @throws ExecError when the runtime fails, or the execution ends or is detached before the start
 */
export async function runStep(journey: Journey, run: StepRun): Promise<void> {
  const { report, transcript, plan, tools } = journey;
  const index = report.steps().length;
  const imageDigest = run.images[index]?.digest;
  const facts = { logFrom: transcript.textBytes(), ...(imageDigest !== undefined && { imageDigest }) };
  const begunAt = run.resumed?.progress.startedAt ?? tools.clock.now();
  try {
    const started =
      run.resumed === undefined
        ? await startStep(journey, await createStep(journey, index, run), run.signal)
        : await takeOver(journey, run.resumed);
    const followed = await followContainer(journey, run.sandbox, started, run.signal);
    await recordEnd(journey, started, followed, facts);
  } catch (error) {
    if (journey.detach.aborted || error === run.signal.reason) throw error;
    const failure = toExecError(error);
    if (failure.code !== 'START_FAILED')
      throw nameError(failure, failureOfStep(plan, index, asFailure(failure)).message);
    reportStartFailure(journey, failure, { ...facts, startedAt: begunAt });
  }
}

async function createStep(
  { plan, tools, report, secrets }: Journey,
  index: number,
  { sandbox, images, deadlineOf }: StepRun,
): Promise<CreatedStep> {
  const [step, image] = [plan.steps[index], images[index]];
  if (step === undefined || image === undefined) throw new ExecError('INTERNAL', `Step ${index} has no image.`);
  report.enter('started');
  const container = await sandbox.create({ step, image, secrets: secrets.values() });
  const handles = { sandbox: sandbox.handle, container: container.handle, images: [...images] };
  const steps = [...report.steps()];
  const progress = { ...handles, step: index, steps, startedAt: tools.clock.now(), deadline: deadlineOf() };
  await tools.journal.keep({ ...progress, state: 'running' });
  return { container, progress };
}

async function startStep(
  { tools, report, detach }: Journey,
  { container, progress }: CreatedStep,
  signal: AbortSignal,
): Promise<StartedStep> {
  // The last point before anything is started.
  signal.throwIfAborted();
  detach.throwIfAborted();
  report.starting();
  await awaitWithSignal(container.start(boundsOf(tools.limits, progress.deadline)), detach);
  report.started();
  report.leave();
  tools.observe({ kind: 'state', state: 'running' });
  const startedAt = tools.clock.now();
  // Unlike the clock, this never jumps.
  const since = performance.now();
  return { container, progress, startedAt, endOf: () => startedAt + performance.now() - since };
}

/** The container may be running, have ended, or never have been started; starting it is safe in every case. */
async function takeOver(
  { plan, tools, report, detach }: Journey,
  { container, progress }: CreatedStep,
): Promise<StartedStep> {
  const { startedAt, failure } = progress;
  if (failure !== undefined) {
    report.fail(failureOfStep(plan, progress.step, failure));
    await awaitWithSignal(container.stop(tools.limits.stopGraceMs), detach);
  }
  report.starting();
  await awaitWithSignal(container.start(boundsOf(tools.limits, progress.deadline)), detach);
  report.started();
  const endOf = ({ endedAt }: Exit) => {
    const now = tools.clock.now();
    return Math.max(startedAt, Math.min(endedAt ?? now, now));
  };
  return { container, progress, startedAt, endOf };
}

/** What the agent enforces while it is connected, for a sandbox that does so without it. */
function boundsOf({ outputBytes, outputFiles, logBytes }: ExecutionLimits, deadline: number): StartBounds {
  return { deadline, outputBytes, outputFiles, logBytes };
}

function nameError(error: ExecError, message: Sentence): ExecError {
  if (message === error.sentence) return error;
  return new ExecError(error.code, message, { context: error.context, cause: error });
}
