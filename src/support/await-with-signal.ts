/** The promise's outcome, or a rejection with the signal's reason, whichever comes first. */
export function awaitWithSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  expectRejection(promise);
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Takes note that a promise may reject before anyone awaits it; whoever awaits it later still sees the rejection. */
export function expectRejection(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}
