import { onAbort } from '../../../support/abort/on-abort.ts';

/** A bounded number of equal buffers, which all uploads of a store share. */
export interface PartBuffers {
  /** Waits for a free one; it holds what was in it before. */
  take(signal: AbortSignal): Promise<Buffer>;
  give(buffer: Buffer): void;
}

interface Waiter {
  readonly resolve: (buffer: Buffer) => void;
}

export function createPartBuffers({ count, bytes }: { readonly count: number; readonly bytes: number }): PartBuffers {
  const waiters = new Set<Waiter>();
  let free: Buffer[] = [];
  let taken = 0;
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (taken < count) {
        taken += 1;
        return free.pop() ?? Buffer.allocUnsafeSlow(bytes);
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          resolve(buffer) {
            stop();
            resolve(buffer);
          },
        };
        waiters.add(waiter);
        const stop = onAbort(signal, () => {
          waiters.delete(waiter);
          reject(signal.reason);
        });
      });
    },
    give(buffer) {
      const [next] = waiters;
      if (next !== undefined) {
        waiters.delete(next);
        next.resolve(buffer);
        return;
      }
      taken -= 1;
      // A store that nobody uploads to holds no memory.
      free = taken === 0 ? [] : [...free, buffer];
    },
  };
}
