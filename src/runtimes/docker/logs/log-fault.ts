import { ExecError } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { DockerLimits } from '../docker-options.ts';

// Marks errors after which the same read may succeed.
const mark = 'logFault';

/**
 * The engine could not read on in a log. A follower that comes upon an entry while it is being written says so
 * (`unexpected EOF`).
 * @param words the engine's own
 */
export function logFault(words: string): ExecError {
  const message = `The Docker Engine could not read on in the container's log: ${words}`;
  return new ExecError('RUNTIME_UNAVAILABLE', message, { context: { [mark]: true } });
}

export function isLogFault(error: unknown): boolean {
  return error instanceof ExecError && error.context[mark] === true;
}

/**
 * Returns what waits before a log is read on after a fault, longer with each one at the same place.
 * The wait resolves to false when there were too many, and rejects with the signal's reason.
 */
export function createFaultPause({ logReadTries, retryPauseMs }: Pick<DockerLimits, 'logReadTries' | 'retryPauseMs'>) {
  let failedAt: unknown;
  let failures = 0;
  return async (place: unknown, signal: AbortSignal): Promise<boolean> => {
    failures = place === failedAt ? failures + 1 : 1;
    failedAt = place;
    if (failures > logReadTries) return false;
    await delay(retryPauseMs * failures, signal);
    return true;
  };
}
