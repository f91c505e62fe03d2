import { followAbort } from '../abort/follow-abort.ts';
import { onAbort } from '../abort/on-abort.ts';
import { ExecError } from '../exec-error.ts';

/**
 * Runs the work with a signal that is aborted when the parent is, or after the time with the given reason.
 * Nothing of it remains once the work has settled.
 * @param ms milliseconds
 */
export async function withDeadline<T>(
  { ms, ...options }: { readonly ms: number; readonly reason: () => ExecError; readonly parent: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withLaterDeadline(options, (signal, begin) => {
    begin(ms);
    return work(signal);
  });
}

/** As `withDeadline`, with a time that begins once the work says so, and counts in milliseconds from then. */
export async function withLaterDeadline<T>(
  { reason, parent }: { readonly reason: () => ExecError; readonly parent: AbortSignal },
  work: (signal: AbortSignal, begin: (ms: number) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopFollowing = followAbort(controller, parent);
  let cancelTimer: (() => void) | undefined;
  try {
    return await work(controller.signal, (ms) => {
      cancelTimer ??= callAfter(ms, () => controller.abort(reason()));
    });
  } finally {
    cancelTimer?.();
    stopFollowing();
  }
}

// setTimeout fires at once for more than 2^31-1 ms, so a longer time is waited for in parts.
const longestTimer = 2 ** 31 - 1;

function callAfter(ms: number, call: () => void): () => void {
  const due = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = due - performance.now();
    timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(call, Math.max(0, left));
  };
  arm();
  return () => clearTimeout(timer);
}

/** Resolves after the time, or rejects with the signal's reason. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelTimer = callAfter(ms, () => {
      stop();
      resolve();
    });
    const stop = onAbort(signal, () => {
      cancelTimer();
      reject(signal?.reason);
    });
  });
}

/** Whether the promise settles within the time; its value and its rejection stay its owner's. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancelTimer = callAfter(ms, () => resolve(false));
    const settled = () => {
      cancelTimer();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** What a signal was aborted with, as an ExecError: CANCELED when nobody said more. */
export function abortReason(signal: AbortSignal): ExecError {
  return signal.reason instanceof ExecError
    ? signal.reason
    : new ExecError('CANCELED', 'The execution was canceled.', { cause: signal.reason });
}
