import type { Container, ResolvedImage, Sandbox } from '../../runtimes/runtime.ts';
import { withLaterDeadline } from '../../support/time/deadline.ts';
import type { ContainerProgress } from '../../wire/record/record.ts';
import type { Journey } from '../journey.ts';
import { ranTooLong } from '../report/deadline-errors.ts';
import { readStepsAgain } from './read-steps-again.ts';
import { runStep } from './run-step.ts';

// A container that ended in time while no agent was attached must not count as timed out.
const shortestWaitMs = 1000;

/** Where a lost agent left an execution. */
export interface LeftOff {
  readonly progress: ContainerProgress;
  /** Absent: its step had ended. */
  readonly container: Container | undefined;
}

/** Runs the steps in order until one fails. The timeout of the plan applies to all of them together. */
export async function runSteps(
  journey: Journey,
  sandbox: Sandbox,
  images: readonly ResolvedImage[],
  from?: LeftOff,
): Promise<void> {
  const { plan, tools, report, signal: parent } = journey;
  report.leave();
  await withLaterDeadline({ reason: () => ranTooLong(plan), parent }, async (signal, begin) => {
    let deadline = from?.progress.deadline;
    if (deadline !== undefined) begin(Math.max(deadline - tools.clock.now(), shortestWaitMs));
    /** The time begins when the first container is there: making it may take long while something fails. */
    const deadlineOf = () => {
      const ms = plan.timeoutSeconds * 1000;
      deadline ??= tools.clock.now() + ms;
      begin(ms);
      return deadline;
    };
    const parts = { sandbox, images, deadlineOf, signal };
    const mayGoOn = () => report.failure() === undefined && report.steps().length < plan.steps.length;
    if (from !== undefined) {
      await readStepsAgain(journey, sandbox, from.progress.steps, signal);
      const { container, progress } = from;
      if (container !== undefined && mayGoOn()) await runStep(journey, { ...parts, resumed: { container, progress } });
    }
    while (mayGoOn()) await runStep(journey, parts);
  });
}
