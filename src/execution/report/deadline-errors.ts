import { ExecError } from '../../support/exec-error.ts';
import { formatSeconds } from '../../support/text/duration.ts';

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

export function ranTooLong(seconds: number): ExecError {
  return new ExecError(
    'TIMEOUT',
    `The container ran longer than its timeout of ${seconds} s and was stopped. What it had written is returned; raise "timeout" to give it longer.`,
  );
}

export function collectTooSlow(ms: number): ExecError {
  return new ExecError(
    'STORE_UNAVAILABLE',
    `Reading and uploading the outputs took longer than ${formatSeconds(ms)} (EXEC_COLLECT_TIMEOUT).`,
  );
}
