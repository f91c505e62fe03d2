import type { Container, Sandbox } from '../../runtimes/runtime.ts';
import { awaitWithSignal } from '../../support/abort/await-with-signal.ts';
import { asFailure, type ExecError, sentenceOf } from '../../support/exec-error.ts';
import { abortReason, settlesWithin } from '../../support/time/deadline.ts';
import type { ContainerProgress, Exit, Failure } from '../../wire/record/record.ts';
import { sentence } from '../../wire/sentence.ts';
import type { Journey } from '../journey.ts';
import { type LogWatchSignals, readLogs } from '../output/logs/read-logs.ts';
import { watchLayer, watchOutput } from '../output/watch-output.ts';
import { drainLogs } from './drain-logs.ts';
import { failureOfStep } from './name-step.ts';

// The reason for a stop is recorded first, but an unavailable Redis must not keep the container running.
const recordReasonMs = 1000;

// When the output does not end in time, the reading is stopped, which takes a moment at most.
const stopReadingMs = 1000;

/** A container that this agent or a lost agent started, with its recorded progress. */
export interface StartedStep {
  readonly container: Container;
  readonly progress: ContainerProgress;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Called once the exit is known; returns when the container ended, in epoch milliseconds. */
  readonly endOf: (exit: Exit) => number;
}

export interface Followed {
  readonly exit: Exit;
  /** Epoch milliseconds. */
  readonly finishedAt: number;
  /** Why this agent or a lost agent stopped it, or would have; absent: it ended by itself. */
  readonly stopReason: Failure | undefined;
}

/**
 * Reads the output and waits for the exit. Stops the container when the signal aborts or when it exceeds a limit, and
 * reports that reason as the failure.
 * @throws when the execution is detached
 */
export async function followContainer(
  journey: Journey,
  sandbox: Sandbox,
  { container, progress, endOf }: StartedStep,
  signal: AbortSignal,
): Promise<Followed> {
  const { plan, tools, report, detach } = journey;
  const overflow = new AbortController();
  const following = new AbortController();
  const signals = { following: following.signal, overflow };
  const reading = readLogs(container, journey, signals);
  const { layerBytes = tools.limits.layerBytes, volumeBytes } = plan.resources;
  const outputLimits = { ...tools.limits, volumeBytes };
  const layerLimits = { ...tools.limits, layerBytes };
  const outputWatched = Promise.all([
    watch('output', watchOutput(sandbox, outputLimits, following.signal), journey, signals),
    watch(
      'root filesystem',
      watchLayer(container, layerLimits, { plan: journey.plan, signal: following.signal }),
      journey,
      signals,
    ),
  ]);
  let stopReason = progress.failure;
  const noteReason = (error: ExecError) => {
    const reason = asFailure(error);
    stopReason ??= reason;
    report.fail(failureOfStep(plan, progress.step, reason));
  };
  const recordReason = async (failure: Failure) => {
    const kept = tools.journal.keep({ ...progress, state: 'running', failure });
    await settlesWithin(kept, recordReasonMs);
  };
  try {
    const interrupted = AbortSignal.any([signal, overflow.signal, detach]);
    const exit = await waitOrStop(container, journey, { interrupted, noteReason, recordReason });
    const finishedAt = endOf(exit);
    if (!(await drainLogs(reading, container, journey))) {
      report.warn('The output may be incomplete: it was still arriving long after the container had ended.');
      following.abort();
      await settlesWithin(reading.done, stopReadingMs);
    }
    // A container can exceed the limit and exit before it is stopped; that is still a failure.
    if (overflow.signal.aborted) noteReason(abortReason(overflow.signal));
    return { exit, finishedAt, stopReason };
  } finally {
    following.abort();
    await outputWatched;
  }
}

async function watch(
  what: string,
  watching: Promise<ExecError | undefined>,
  { report }: Journey,
  { following, overflow }: LogWatchSignals,
): Promise<void> {
  try {
    const problem = await watching;
    if (problem !== undefined) overflow.abort(problem);
  } catch (error) {
    if (!following.aborted) report.warn(sentence`The size of the ${what} could not be watched: ${sentenceOf(error)}`);
  }
}

async function waitOrStop(
  container: Container,
  { tools, detach }: Journey,
  ending: {
    readonly interrupted: AbortSignal;
    readonly noteReason: (reason: ExecError) => void;
    readonly recordReason: (failure: Failure) => Promise<void>;
  },
): Promise<Exit> {
  try {
    return await container.wait(ending.interrupted);
  } catch (error) {
    if (!ending.interrupted.aborted || detach.aborted) throw error;
    const reason = abortReason(ending.interrupted);
    ending.noteReason(reason);
    await ending.recordReason(asFailure(reason));
    await awaitWithSignal(container.stop(tools.limits.stopGraceMs), detach);
    return container.wait(detach);
  }
}
