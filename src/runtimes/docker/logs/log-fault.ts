import { ExecError } from '../../../support/exec-error.ts';

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
