import { errorCodes } from '../wire/error-codes.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { Attempt, Failure } from '../wire/record.ts';

const firstDelayMs = 1000;
const longestDelayMs = 60_000;

// Together about five minutes with an engine that answers and cannot be used.
const mostPutBacks = 10;

/**
 * How long an execution that met no runtime waits for its next try, in milliseconds, after it was put back so many times
 * before; undefined: that was too often.
 */
export function decidePutBack(times: number): number | undefined {
  return times >= mostPutBacks ? undefined : backOff(times);
}

/**
 * How long to wait before the next attempt, in milliseconds; undefined: this one counts. Failures on the agent's side
 * are tried again, a failing command only where the request asks for it.
 */
export function decideRetry(
  { retry }: Pick<ExecutionPlan, 'retry'>,
  { number }: Pick<Attempt, 'number'>,
  failure: Failure | undefined,
): number | undefined {
  if (failure === undefined || number >= retry.attempts) return undefined;
  const onAgentSide = errorCodes[failure.code].fault === 'system';
  const onExit = retry.onExit && failure.code === 'EXIT_NONZERO';
  if (!onAgentSide && !onExit) return undefined;
  return backOff(number - 1);
}

function backOff(times: number): number {
  return Math.min(firstDelayMs * 2 ** times, longestDelayMs);
}
