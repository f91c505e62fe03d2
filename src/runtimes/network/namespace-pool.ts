import { onAbort } from '../../support/abort/on-abort.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createReadyItems } from '../ready-items.ts';
import type { NetworkCounts } from '../runtime.ts';

/** Something that is made ahead of its use, is used once, and can be taken away again. */
export interface Removable {
  remove(): Promise<void>;
}

export interface NamespacePool<T extends Removable> {
  /**
   * One that nobody else has; who takes it removes it. The first call starts the making of ready ones.
   * @throws what `make` threw when none is ready and making one failed; the signal's reason; ExecError CANCELED once closed
   */
  take(signal: AbortSignal): Promise<T>;
  /** One that was made elsewhere, for the next who takes one; removed where none are kept ready. */
  put(made: T): void;
  counts(): NetworkCounts;
  /** Removes what is ready and ends what is being made. Safe to repeat. */
  close(): Promise<void>;
}

export interface NamespacePoolOptions<T extends Removable> {
  readonly make: (signal: AbortSignal) => Promise<T>;
  /** How many to keep ready. */
  readonly size: number;
  /** How many are made at a time. */
  readonly makeAtOnce: number;
  /** How long to wait after making one has failed. */
  readonly retryMs: number;
  /** When none was taken for so long, the ready ones are removed. */
  readonly keepIdleMs: number;
  /** Whether a ready one still is one: an engine may have been restarted. Default: always. */
  readonly isUsable?: (made: T) => Promise<boolean>;
  readonly logger: Logger;
}

interface Waiting<T> {
  readonly resolve: (made: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function createNamespacePool<T extends Removable>(options: NamespacePoolOptions<T>): NamespacePool<T> {
  const { make, size, makeAtOnce, retryMs, keepIdleMs, isUsable, logger } = options;
  const ready = createReadyItems<T>(
    (made) => made.remove(),
    (error) => logger.warn({ err: error }, 'a network namespace could not be removed'),
  );
  const waiting = new Set<Waiting<T>>();
  const under = new Set<Promise<void>>();
  const ending = new AbortController();
  let wanted = 0;
  let takenReady = 0;
  let waitedFor = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;

  function refill(): void {
    while (
      !ending.signal.aborted &&
      under.size < makeAtOnce &&
      ready.items.length + under.size < wanted + waiting.size
    ) {
      if (retryTimer !== undefined && waiting.size === 0) return;
      const making = makeOne().finally(() => {
        under.delete(making);
        refill();
      });
      under.add(making);
    }
  }

  async function makeOne(): Promise<void> {
    try {
      const made = await make(ending.signal);
      if (ending.signal.aborted) return await made.remove();
      const [first] = waiting;
      if (first === undefined) ready.add(made);
      else {
        waiting.delete(first);
        first.resolve(made);
      }
    } catch (error) {
      onFailure(error);
    }
  }

  // A caller that waits gets the error at once; a namespace that was only to be ready is tried again later.
  function onFailure(error: unknown): void {
    if (ending.signal.aborted) return;
    const [first] = waiting;
    if (first !== undefined) {
      waiting.delete(first);
      first.reject(error);
    } else logger.warn({ err: error }, 'a network namespace could not be made ready');
    retryTimer ??= setTimeout(() => {
      retryTimer = undefined;
      refill();
    }, retryMs).unref();
  }

  function releaseIdle(): void {
    wanted = 0;
    ready.discard(ready.items);
  }

  async function takeReady(): Promise<T | undefined> {
    for (let made = ready.take(); made !== undefined; made = ready.take()) {
      if (isUsable === undefined || (await isUsable(made))) return made;
      ready.remove(made);
    }
    return undefined;
  }

  function awaitMade(signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: Waiting<T> = {
        resolve(made) {
          stop();
          resolve(made);
        },
        reject(reason) {
          stop();
          reject(reason);
        },
      };
      waiting.add(entry);
      const stop = onAbort(signal, () => {
        waiting.delete(entry);
        reject(signal.reason);
      });
      refill();
    });
  }

  function awaitIdleness(): void {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(releaseIdle, keepIdleMs).unref();
  }

  return {
    put(made) {
      if (ending.signal.aborted || size === 0) return ready.remove(made);
      ready.add(made);
      awaitIdleness();
    },
    counts: () => ({ ready: ready.items.length, takenReady, waitedFor }),
    async take(signal) {
      signal.throwIfAborted();
      ending.signal.throwIfAborted();
      wanted = size;
      awaitIdleness();
      const made = await takeReady();
      // Looking may have taken its time.
      if (signal.aborted || ending.signal.aborted) {
        if (made !== undefined) ready.remove(made);
        throw signal.aborted ? signal.reason : ending.signal.reason;
      }
      if (made === undefined) {
        waitedFor += 1;
        return awaitMade(signal);
      }
      takenReady += 1;
      // Making the next one must not delay the one who has just been served.
      setImmediate(refill);
      return made;
    },
    async close() {
      clearTimeout(idleTimer);
      clearTimeout(retryTimer);
      const reason = new ExecError('CANCELED', 'The agent is stopping.');
      ending.abort(reason);
      for (const { reject } of waiting) reject(reason);
      waiting.clear();
      await Promise.allSettled(under);
      releaseIdle();
      await ready.removed();
    },
  };
}
