import type { Runtime } from '../../runtimes/runtime.ts';

export interface RoomOptions {
  readonly runtime: Pick<Runtime, 'capabilities' | 'capacity'>;
  /** What this host is short of; asked only where containers run on it. */
  readonly shortage: () => Promise<string | undefined>;
  /** How long an answer of the runtime is cached, in milliseconds. */
  readonly holdMs: number;
}

/** Returns a sentence that explains why no more work is taken; undefined: there is room for it. */
export function createRoomWatch({ runtime, shortage, holdMs }: RoomOptions): () => Promise<string | undefined> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let reason: Promise<string | undefined> = Promise.resolve(undefined);
  const full = () => {
    if (runtime.capacity === undefined || performance.now() - askedAt < holdMs) return reason;
    askedAt = performance.now();
    reason = runtime.capacity();
    return reason;
  };
  return async () => (await full()) ?? (runtime.capabilities.place === 'machine' ? shortage() : undefined);
}
