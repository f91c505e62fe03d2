import { ExecError } from '../../support/exec-error.ts';
import { formatSeconds } from '../../support/text/duration.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';

export function pullTooSlow(reference: string, ms: number): ExecError {
  return new ExecError(
    'IMAGE_PULL_FAILED',
    `Pulling the image ${reference} took longer than ${formatSeconds(ms)} (EXEC_PULL_TIMEOUT). Pull it beforehand or raise the limit.`,
  );
}

export function stageTooSlow(ms: number): ExecError {
  return new ExecError(
    'STORE_UNAVAILABLE',
    `Fetching the inputs took longer than ${formatSeconds(ms)} (EXEC_STAGE_TIMEOUT).`,
  );
}

export function ranTooLong({ timeoutSeconds, steps }: Pick<ExecutionPlan, 'timeoutSeconds' | 'steps'>): ExecError {
  const what = steps.length === 1 ? 'The container' : 'The steps together';
  return new ExecError(
    'TIMEOUT',
    `${what} ran longer than the timeout of ${timeoutSeconds} s. The container was stopped, and what it had written is returned. Raise "timeout" to allow more.`,
  );
}

export function collectTooSlow(ms: number): ExecError {
  return new ExecError(
    'STORE_UNAVAILABLE',
    `Reading and uploading the outputs took longer than ${formatSeconds(ms)} (EXEC_COLLECT_TIMEOUT).`,
  );
}
