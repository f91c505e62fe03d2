import { errorCodes } from '../wire/error-codes.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { Attempt, Failure } from '../wire/record.ts';

const firstDelayMs = 1000;
const longestDelayMs = 60_000;

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
  return Math.min(firstDelayMs * 2 ** (number - 1), longestDelayMs);
}
