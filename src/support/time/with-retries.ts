import { delay } from './deadline.ts';

export interface RetryOptions {
  /** How often the call is made at most. */
  readonly attempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly signal: AbortSignal;
  /** Whether the same call may succeed later; called with each failure that another attempt could follow. */
  readonly mayPass: (error: unknown, attempt: number) => boolean;
}

/** Calls until it succeeds, fails for good or has failed often enough; throws the last failure, or the signal's reason. */
export async function withRetries<T>(options: RetryOptions, call: (attempt: number) => Promise<T>): Promise<T> {
  const { attempts, signal, mayPass } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await call(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= attempts || !mayPass(error, attempt)) throw error;
    }
    await delay(backoffOf(attempt, options), signal);
  }
}

/** Milliseconds, of which half is by chance so that many who failed together do not come back together. */
export function backoffOf(
  attempt: number,
  { backoffMs, backoffMaxMs }: Pick<RetryOptions, 'backoffMs' | 'backoffMaxMs'>,
): number {
  const longest = Math.min(backoffMaxMs, backoffMs * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}
