import { awaitWithSignal } from '../abort/await-with-signal.ts';

export interface Waiter<P> {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: P) => void) | undefined;
}

/**
 * Lets many callers of one key share one piece of work. A caller whose signal is aborted leaves; the work is aborted
 * when the last one has left. Once it has ended, the next caller starts it anew.
 */
export function shareWork<T, P>(
  work: (key: string, signal: AbortSignal, onProgress: (progress: P) => void) => Promise<T>,
): (key: string, waiter: Waiter<P>) => Promise<T> {
  const running = new Map<string, SharedRun<T, P>>();

  const startRun = (key: string): SharedRun<T, P> => {
    const abort = new AbortController();
    const waiters = new Set<Waiter<P>>();
    const done = work(key, abort.signal, (progress) => {
      for (const waiter of waiters) waiter.onProgress?.(progress);
    });
    const run = { abort, waiters, done };
    running.set(key, run);
    const forget = (): void => {
      if (running.get(key) === run) running.delete(key);
    };
    done.then(forget, forget);
    return run;
  };

  return async (key, waiter) => {
    waiter.signal.throwIfAborted();
    const run = running.get(key) ?? startRun(key);
    run.waiters.add(waiter);
    try {
      return await awaitWithSignal(run.done, waiter.signal);
    } finally {
      run.waiters.delete(waiter);
      if (run.waiters.size === 0) {
        // Who comes now must not join work that is being aborted.
        if (running.get(key) === run) running.delete(key);
        run.abort.abort(new Error('nobody waits for it any more'));
      }
    }
  };
}

interface SharedRun<T, P> {
  readonly abort: AbortController;
  readonly waiters: Set<Waiter<P>>;
  readonly done: Promise<T>;
}
