import type { Container, Sandbox } from '../../runtimes/runtime.ts';
import { type ExecError, messageOf } from '../../support/exec-error.ts';
import { awaitWithSignal } from '../../support/time/await-with-signal.ts';
import { abortReason, settlesWithin } from '../../support/time/deadline.ts';
import type { Exit, Failure } from '../../wire/record.ts';
import type { Journey, StartedStep } from '../journey.ts';
import { type LogReading, type LogWatchSignals, readLogs } from './read-logs.ts';
import { watchLayer, watchOutput } from './watch-output.ts';

// The reason for a stop is recorded first, but an unavailable Redis must not keep the container running.
const recordReasonMs = 1000;

/**
 * Reads the output and waits for the exit. Stops the container when the signal aborts or when it exceeds a limit, and
 * reports that reason as the failure.
 * @throws when the execution is detached
 */
export async function followContainer(
  journey: Journey,
  sandbox: Sandbox,
  { container, progress }: StartedStep,
  signal: AbortSignal,
): Promise<Exit> {
  const { plan, tools, report, detach } = journey;
  const overflow = new AbortController();
  const following = new AbortController();
  const signals = { following: following.signal, overflow };
  const reading = readLogs(container, journey, signals);
  const { layerBytes = tools.limits.layerBytes } = plan.resources;
  const layerLimits = { ...tools.limits, layerBytes };
  const outputWatched = Promise.all([
    watch('output', watchOutput(sandbox, tools.limits, following.signal), journey, signals),
    watch('root filesystem', watchLayer(container, layerLimits, following.signal), journey, signals),
  ]);
  const recordReason = async (failure: Failure) => {
    const kept = tools.journal.keep({ ...progress, state: 'running', failure });
    await settlesWithin(kept, recordReasonMs);
  };
  try {
    const interrupted = AbortSignal.any([signal, overflow.signal, detach]);
    const exit = await waitOrStop(container, journey, { interrupted, recordReason });
    if (!(await drainLogs(reading, journey)))
      report.warn('The output may be incomplete: it was still arriving long after the container had ended.');
    // A container can exceed the limit and exit before it is stopped; that is still a failure.
    if (overflow.signal.aborted) report.fail(abortReason(overflow.signal));
    return exit;
  } finally {
    following.abort();
    await outputWatched;
  }
}

/** Waits for the rest of the output while more arrives, because Docker may deliver it late. */
async function drainLogs(reading: LogReading, { tools, detach }: Journey): Promise<boolean> {
  for (;;) {
    const before = reading.readBytes();
    if (await settlesWithin(reading.done, tools.limits.logDrainMs)) return true;
    if (detach.aborted || reading.readBytes() === before) return false;
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
    if (!following.aborted) report.warn(`The size of the ${what} could not be watched: ${messageOf(error)}`);
  }
}

async function waitOrStop(
  container: Container,
  { tools, report, detach }: Journey,
  ending: { readonly interrupted: AbortSignal; readonly recordReason: (failure: Failure) => Promise<void> },
): Promise<Exit> {
  try {
    return await container.wait(ending.interrupted);
  } catch (error) {
    if (!ending.interrupted.aborted || detach.aborted) throw error;
    const { code, message } = abortReason(ending.interrupted);
    report.fail({ code, message });
    await ending.recordReason({ code, message });
    await awaitWithSignal(container.stop(tools.limits.stopGraceMs), detach);
    return container.wait(detach);
  }
}
