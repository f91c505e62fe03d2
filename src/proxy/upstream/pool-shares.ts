/** What one execution uses of a pool. */
export interface PoolShare {
  readonly executionId: string;
  held: number;
  waiting: number;
}

/** Divides the connections of a pool among the executions that call. */
export interface PoolShares {
  /** Valid until the execution neither holds nor waits for a connection. */
  of(executionId: string): PoolShare;
  take(share: PoolShare): void;
  give(share: PoolShare): void;
  /** Whether the execution may use one more connection. */
  mayTake(share: PoolShare): boolean;
  /** Whether one more call of the execution may wait for a connection. */
  mayWait(share: PoolShare): boolean;
  wait(share: PoolShare): void;
  stopWaiting(share: PoolShare): void;
  /** Of the executions with a waiting call that may take a connection, the one that holds the fewest. */
  next(): PoolShare | undefined;
}

/**
 * An execution holds at most as many connections as are free, and so for places in the queue: alone it gets half of
 * them, and for the next execution some are always left.
 */
export function createPoolShares(connections: number, places: number): PoolShares {
  const shares = new Map<string, PoolShare>();
  let held = 0;
  let waiting = 0;

  const mayTake = (share: PoolShare) => share.held < connections - held;
  const forgetUnused = (share: PoolShare) => {
    if (share.held === 0 && share.waiting === 0) shares.delete(share.executionId);
  };

  return {
    of(executionId) {
      return shares.get(executionId) ?? { executionId, held: 0, waiting: 0 };
    },
    take(share) {
      // The execution that was served last comes last among those that hold as many.
      shares.delete(share.executionId);
      shares.set(share.executionId, share);
      share.held += 1;
      held += 1;
    },
    give(share) {
      share.held -= 1;
      held -= 1;
      forgetUnused(share);
    },
    mayTake,
    mayWait: (share) => share.waiting < places - waiting,
    wait(share) {
      shares.set(share.executionId, share);
      share.waiting += 1;
      waiting += 1;
    },
    stopWaiting(share) {
      share.waiting -= 1;
      waiting -= 1;
      forgetUnused(share);
    },
    next() {
      let fewest: PoolShare | undefined;
      for (const share of shares.values())
        if (share.waiting > 0 && share.held < (fewest?.held ?? Number.POSITIVE_INFINITY)) fewest = share;
      return fewest !== undefined && mayTake(fewest) ? fewest : undefined;
    },
  };
}
