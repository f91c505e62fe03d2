export interface Awaiting<T> {
  readonly promise: Promise<T>;
  /** Waits no more. */
  forget(): void;
}

export interface FollowOptions<T> {
  readonly isWanted: (message: T) => boolean;
  readonly isLast: (message: T) => boolean;
  readonly signal: AbortSignal | undefined;
}

/** Those who wait for messages of one kind. */
export interface Listeners<T> {
  tell(message: T | undefined): void;
  first(isWanted: (message: T) => boolean, signal?: AbortSignal): Awaiting<T>;
  follow(options: FollowOptions<T>): AsyncGenerator<T>;
  /** Nothing more will come. */
  end(reason: Error): void;
}

interface Listener<T> {
  onMessage(message: T): void;
  fail(reason: unknown): void;
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<Listener<T>>();

  const first = (isWanted: (message: T) => boolean, signal?: AbortSignal): Awaiting<T> => {
    let forget: () => void = () => undefined;
    const promise = new Promise<T>((resolve, reject) => {
      const listener: Listener<T> = {
        onMessage(message) {
          if (!isWanted(message)) return;
          forget();
          resolve(message);
        },
        fail(reason) {
          forget();
          reject(reason);
        },
      };
      const onAbort = () => listener.fail(signal?.reason);
      forget = () => {
        listeners.delete(listener);
        signal?.removeEventListener('abort', onAbort);
      };
      listeners.add(listener);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
    // A caller that waits gets the rejection; nobody awaits a forgotten listener.
    promise.catch(() => undefined);
    return { promise, forget: () => forget() };
  };

  return {
    tell(message) {
      if (message !== undefined) for (const listener of [...listeners]) listener.onMessage(message);
    },
    first,
    follow({ isWanted, isLast, signal }) {
      const received: T[] = [];
      let problem: { readonly reason: unknown } | undefined;
      let wake: () => void = () => undefined;
      const listener: Listener<T> = {
        onMessage(message) {
          if (isWanted(message)) received.push(message);
          wake();
        },
        fail(reason) {
          problem = { reason };
          wake();
        },
      };
      const onAbort = () => listener.fail(signal?.reason);
      // From now on, not from when the first is asked for.
      listeners.add(listener);
      signal?.addEventListener('abort', onAbort, { once: true });
      return (async function* () {
        try {
          for (;;) {
            const message = received.shift();
            if (message !== undefined) {
              yield message;
              if (isLast(message)) return;
            } else if (problem !== undefined || signal?.aborted === true) {
              throw problem?.reason ?? signal?.reason;
            } else {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            }
          }
        } finally {
          listeners.delete(listener);
          signal?.removeEventListener('abort', onAbort);
        }
      })();
    },
    end(reason) {
      for (const listener of [...listeners]) listener.fail(reason);
    },
  };
}
