import type { ExecutionPlan } from '../wire/plan/plan.ts';
import { failedStepOf } from '../wire/record/outcome-facts.ts';
import type { Attempt, Outcome } from '../wire/record/record.ts';
import { errorCodes } from '../wire/response/error-codes.ts';

const firstDelayMs = 1000;
const longestDelayMs = 60_000;

// With the delays below, an engine that responds but is unusable is retried for about five minutes.
const mostPutBacks = 10;

// A full runtime has room again when something ends, which may take any time.
const fullDelayMs = 5000;

/**
 * Decides when to retry an execution that was put back because its runtime was unavailable or full. It waits for room for
 * as long as it takes, as in the queue.
 * @param times how often it was put back before because the runtime was unavailable
 * @returns the delay in milliseconds; undefined: do not retry
 */
export function decidePutBack(reason: 'runtime away' | 'runtime full', times: number): number | undefined {
  if (reason === 'runtime full') return fullDelayMs;
  return times >= mostPutBacks ? undefined : backOff(times);
}

/**
 * Decides whether to retry a failed attempt. Failures of the agent or its host are retried; a failing command only if the
 * request asks for it.
 * @returns the delay in milliseconds; undefined: this attempt is final
 */
export function decideRetry(
  { retry }: Pick<ExecutionPlan, 'retry'>,
  { number }: Pick<Attempt, 'number'>,
  outcome: Pick<Outcome, 'failure' | 'steps'>,
): number | undefined {
  const { failure } = outcome;
  if (failure === undefined || number >= retry.attempts) return undefined;
  const onAgentSide = errorCodes[failure.code].fault === 'system';
  const onExit = retry.onExit && failedStepOf(outcome)?.failure?.code === 'EXIT_NONZERO';
  if (!onAgentSide && !onExit) return undefined;
  return backOff(number - 1);
}

function backOff(times: number): number {
  return Math.min(firstDelayMs * 2 ** times, longestDelayMs);
}
