import { delay } from '../../../../support/time/deadline.ts';
import { backoffOf } from '../../../../support/time/with-retries.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError, isExpired } from '../api-error.ts';
import { listAll } from './list-all.ts';
import { type WatchOptions, watchOnce } from './watch-once.ts';

export interface FollowOptions<T> extends WatchOptions<T> {
  readonly pageItems: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A list or a watch failed; it is tried again after a while. */
  readonly onTrouble: (error: unknown) => void;
}

/** What is known about a collection: `listed` replaces all that was known before. */
export type Change<T> =
  | { readonly kind: 'listed'; readonly items: readonly T[] }
  | { readonly kind: 'set' | 'deleted'; readonly item: T };

/**
 * Follows a collection until the signal: lists it, watches it, and lists it anew after every trouble, because a watch
 * can lose changes without a word. So its changes are hints, and the moment of a change says nothing.
 * @throws only the signal's reason
 */
export async function* followResource<T>(client: ApiClient, options: FollowOptions<T>): AsyncGenerator<Change<T>> {
  const { signal, onTrouble } = options;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      const { items, resourceVersion } = await listAll(client, options);
      yield { kind: 'listed', items };
      for await (const change of watchOn(client, resourceVersion, options)) {
        failures = 0;
        if (change !== undefined) yield change;
      }
    } catch (error) {
      signal.throwIfAborted();
      onTrouble(error);
      failures += 1;
      const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const isOld = error instanceof ApiError && isExpired(error);
      await delay(isOld && failures === 1 ? 0 : Math.max(asked, backoffOf(failures, options)), signal);
    }
  }
}

/** One watch after the other, each from where the one before ended; undefined for a sign of life without a change. */
async function* watchOn<T>(
  client: ApiClient,
  from: string,
  options: FollowOptions<T>,
): AsyncGenerator<Change<T> | undefined> {
  let resourceVersion = from;
  for (;;) {
    const begun = performance.now();
    for await (const event of watchOnce(client, resourceVersion, options)) {
      resourceVersion = event.resourceVersion;
      yield event.kind === 'bookmark' || event.item === undefined ? undefined : { kind: event.kind, item: event.item };
    }
    // A server, or a proxy before it, that ends watches at once must not be asked in a loop.
    if (performance.now() - begun < options.backoffMs) throw new Error('the watch ended as soon as it began');
  }
}
