/**
 * Does the work for every item, at most `concurrency` at once. The first failure stops the others through the signal
 * they get, and is thrown after all of them have ended; so is the reason of the caller's signal.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const left = items[Symbol.iterator]();
  const workUntilDone = async () => {
    const stop = AbortSignal.any([signal, failed.signal]);
    for (let next = left.next(); !next.done; next = left.next()) {
      stop.throwIfAborted();
      await work(next.value, stop);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, () =>
    workUntilDone().catch((error: unknown) => failed.abort(error)),
  );
  await Promise.all(workers);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}
