/** Settles like the promise, or rejects with the signal's reason if the signal aborts first. */
export function awaitWithSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  expectRejection(promise);
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Prevents an unhandled rejection of a promise that is awaited later; awaiting it still rejects. */
export function expectRejection(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}
