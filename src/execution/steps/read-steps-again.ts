import type { Sandbox } from '../../runtimes/runtime.ts';
import { awaitWithSignal } from '../../support/abort/await-with-signal.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { EndedStep } from '../../wire/record/record.ts';
import type { Journey } from '../journey.ts';
import { readLogs } from '../output/logs/read-logs.ts';
import { drainLogs } from './drain-logs.ts';
import { nameStep } from './name-step.ts';

/**
 * Reads the output of the steps that ended before this agent took over from their containers, and adds the steps to the
 * report. A step whose output cannot be read is kept without it.
 * @param signal stops the reading; the steps are kept all the same
 */
export async function readStepsAgain(
  journey: Journey,
  sandbox: Sandbox,
  steps: readonly EndedStep[],
  signal: AbortSignal,
): Promise<void> {
  const { report, transcript, plan } = journey;
  for (const [index, step] of steps.entries()) {
    const from = transcript.textBytes();
    const problem = await readAgain(journey, sandbox, step, signal);
    if (problem !== undefined) report.warn(nameStep(plan, index, problem));
    journey.detach.throwIfAborted();
    report.stepEnded({ ...step, log: { from, to: transcript.textBytes() } });
  }
}

/** Adds the steps that were not read again to the report, for an execution whose sandbox cannot be used any more. */
export function keepUnreadSteps({ report, transcript, plan }: Journey, steps: readonly EndedStep[]): void {
  const at = transcript.textBytes();
  for (const [index, step] of steps.entries()) {
    if (index < report.steps().length) continue;
    report.stepEnded({ ...step, log: { from: at, to: at } });
    if (step.log.to > step.log.from) report.warn(nameStep(plan, index, outputLost));
  }
}

const outputLost = 'The output is lost: after a crash of the agent it could not be read from the container again.';

/** Returns what is missing of the output; undefined: nothing. */
async function readAgain(
  journey: Journey,
  sandbox: Sandbox,
  { container: handle, log }: EndedStep,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (handle === undefined) return undefined;
  const interrupted = AbortSignal.any([signal, journey.detach]);
  const following = new AbortController();
  try {
    const container = await awaitWithSignal(sandbox.recoverContainer(handle), interrupted);
    if (container === undefined) return log.to > log.from ? outputLost : undefined;
    // Subscribers of the live log received it when it was written.
    const tools = { ...journey.tools, observe: () => undefined };
    const signals = { following: following.signal, overflow: new AbortController() };
    const reading = readLogs(container, { ...journey, tools }, signals);
    if (await awaitWithSignal(drainLogs(reading, container, journey), interrupted)) return undefined;
    return 'The output may be incomplete: it could not be read to its end.';
  } catch (error) {
    return `The output may be incomplete: it could not be read again (${messageOf(error)}).`;
  } finally {
    following.abort();
  }
}
