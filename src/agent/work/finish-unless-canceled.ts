import { cancelOutcome } from '../../execution/report/cancel-outcome.ts';
import { toExecError } from '../../support/exec-error.ts';
import type { Outcome } from '../../wire/record/record.ts';

/**
 * Records an outcome, or, when its cancel was accepted before, that the execution was canceled: the record decides, also
 * when no message reached this agent in time.
 * @param finish throws ExecError CANCELED in that case
 */
export async function finishUnlessCanceled<Result>(
  outcome: Outcome,
  finish: (outcome: Outcome) => Promise<Result>,
): Promise<Result> {
  try {
    return await finish(outcome);
  } catch (error) {
    if (toExecError(error).code !== 'CANCELED') throw error;
    return finish(cancelOutcome(outcome));
  }
}
