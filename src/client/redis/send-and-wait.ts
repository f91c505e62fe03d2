import type { Listeners } from './listeners.ts';

export interface SendAndWait<T> {
  readonly responses: Pick<Listeners<T>, 'first'>;
  readonly isWanted: (response: T) => boolean;
  /** Publishes the request; the response may come before this resolves. */
  readonly send: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** Sends a request and waits for its response. @throws what `send` throws, or the signal's reason */
export async function sendAndWait<T>({ responses, isWanted, send, signal }: SendAndWait<T>): Promise<T> {
  const response = responses.first(isWanted, signal);
  try {
    await send();
    return await response.promise;
  } finally {
    response.forget();
  }
}
