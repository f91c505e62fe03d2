import { type Clock, systemClock } from '../../support/time/clock.ts';

/** Decides when an agent may take over executions whose leases have run out. */
export interface LeasePatience {
  /** To be called once Redis has replied, three times in a lease, also while a round takes long. */
  noteReply(): void;
  /** The same, before a takeover. False: other agents get more time to renew their leases first. */
  mayTakeOver(): boolean;
}

// Replies come three times in a lease, so this is more than one of them that was missed.
const missedShare = 2 / 3;

/**
 * While Redis is away or the host stands still, no agent can renew a lease, and leases run out by the clock. So an agent that could
 * not look for most of a lease leaves the others a whole one before it takes over.
 * @param leaseMs milliseconds
 */
export function createLeasePatience(leaseMs: number, clock: Clock = systemClock): LeasePatience {
  let lookedAt = clock.now();
  let waitsUntil = lookedAt;
  const noteReply = () => {
    const now = clock.now();
    if (now - lookedAt > leaseMs * missedShare) waitsUntil = now + leaseMs;
    // A clock that was set back must not make it wait for longer than a lease.
    waitsUntil = Math.min(waitsUntil, now + leaseMs);
    lookedAt = now;
  };
  return {
    noteReply,
    mayTakeOver() {
      noteReply();
      return lookedAt >= waitsUntil;
    },
  };
}
