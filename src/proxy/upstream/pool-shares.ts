/** Who calls. */
export interface Caller {
  readonly executionId: string;
  readonly tenant: string;
}

/** What one execution uses of a pool. */
export interface PoolShare {
  readonly executionId: string;
  readonly tenant: TenantShare;
  held: number;
  /** Of those held, how many it may have only because it was alone. */
  borrowed: number;
  waiting: number;
  /** Its calls that have ended. */
  ended: number;
}

/** What the executions of one tenant use together. */
interface TenantShare {
  readonly name: string;
  held: number;
  borrowed: number;
  waiting: number;
}

/** Divides the connections of a pool among the tenants and executions that call. */
export interface PoolShares {
  /** Valid until the execution neither holds nor waits for a connection. */
  of(caller: Caller): PoolShare;
  take(share: PoolShare): void;
  give(share: PoolShare): void;
  /** Whether the execution may use one more connection. */
  mayTake(share: PoolShare): boolean;
  /** How many connections there may be now: what is borrowed is not missing for others. */
  limit(): number;
  /** Whether one more call of the execution may wait for a connection. */
  mayWait(share: PoolShare): boolean;
  wait(share: PoolShare): void;
  stopWaiting(share: PoolShare): void;
  /** Of the executions with a waiting call that may take a connection, one of the tenant that holds the fewest, and there the one that does. */
  next(): PoolShare | undefined;
}

/** What is left to a tenant that has nothing yet. */
const reservedPart = 1 / 4;

/**
 * An execution holds at most as many connections as are free, and so for places in the queue: it gets half of them, and for the next
 * execution some are always left. Of the last quarter the same holds for a tenant.
 *
 * An execution that is alone may borrow the other half, one for each of its calls that has ended: calls that end soon are not slowed down
 * for nobody, and calls that never end hold no more than half. Others do not wait for what is borrowed: for them it does not count.
 */
export function createPoolShares(connections: number, places: number): PoolShares {
  const shares = new Map<string, PoolShare>();
  const tenants = new Map<string, TenantShare>();
  const all: TenantShare = { name: '', held: 0, borrowed: 0, waiting: 0 };

  const fits = ({ held, borrowed, tenant }: PoolShare) => {
    const free = connections - (all.held - all.borrowed);
    const isPlenty = free > connections * reservedPart;
    return held - borrowed < free && (isPlenty || tenant.held - tenant.borrowed < free);
  };
  const isAlone = ({ executionId }: PoolShare) => shares.size === 0 || (shares.size === 1 && shares.has(executionId));
  const mayBorrow = (share: PoolShare) => share.ended > share.borrowed && all.held < connections && isAlone(share);
  const mayTake = (share: PoolShare) => fits(share) || mayBorrow(share);

  const remember = (share: PoolShare) => {
    shares.set(share.executionId, share);
    tenants.set(share.tenant.name, share.tenant);
  };
  const forgetUnused = (share: PoolShare) => {
    if (share.held === 0 && share.waiting === 0) shares.delete(share.executionId);
    if (share.tenant.held === 0 && share.tenant.waiting === 0) tenants.delete(share.tenant.name);
  };
  const change = (share: PoolShare, field: 'held' | 'borrowed' | 'waiting', by: 1 | -1) => {
    for (const each of [share, share.tenant, all]) each[field] += by;
  };

  return {
    of({ executionId, tenant: name }) {
      const tenant = tenants.get(name) ?? { name, held: 0, borrowed: 0, waiting: 0 };
      return shares.get(executionId) ?? { executionId, tenant, held: 0, borrowed: 0, waiting: 0, ended: 0 };
    },
    take(share) {
      if (!fits(share)) change(share, 'borrowed', 1);
      // The execution that was served last comes last among those that hold as many.
      shares.delete(share.executionId);
      remember(share);
      change(share, 'held', 1);
    },
    give(share) {
      change(share, 'held', -1);
      if (share.borrowed > 0) change(share, 'borrowed', -1);
      share.ended += 1;
      forgetUnused(share);
    },
    mayTake,
    limit: () => connections + all.borrowed,
    mayWait({ waiting, tenant }) {
      const left = places - all.waiting;
      return waiting < left && (left > places * reservedPart || tenant.waiting < left);
    },
    wait(share) {
      remember(share);
      change(share, 'waiting', 1);
    },
    stopWaiting(share) {
      change(share, 'waiting', -1);
      forgetUnused(share);
    },
    next() {
      let first: PoolShare | undefined;
      for (const share of shares.values())
        if (share.waiting > 0 && mayTake(share) && (first === undefined || holdsFewer(share, first))) first = share;
      return first;
    },
  };
}

function holdsFewer(one: PoolShare, other: PoolShare): boolean {
  if (one.tenant !== other.tenant && one.tenant.held !== other.tenant.held) return one.tenant.held < other.tenant.held;
  return one.held < other.held;
}
