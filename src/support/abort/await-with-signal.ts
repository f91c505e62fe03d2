import { onAbort } from './on-abort.ts';

/** Settles like the promise, or rejects with the signal's reason if the signal aborts first. */
export async function awaitWithSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  expectRejection(promise);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(stop);
  });
}

/** Prevents an unhandled rejection of a promise that is awaited later; awaiting it still rejects. */
export function expectRejection(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}
