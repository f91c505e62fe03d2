import type { LostExecution } from '../../queue/execution-queue.ts';

interface ExpiredTools<Lost> {
  /** The id of this agent. */
  readonly agent: string;
  readonly worksOn: (executionId: string) => boolean;
  readonly recover: (lost: Lost) => Promise<void>;
}

/**
 * Takes over executions whose leases have run out, one after the other. What this agent works on is still its own: it was
 * late to renew the lease.
 */
export async function recoverExpired<Lost extends Pick<LostExecution, 'attempt' | 'plan'>>(
  expired: readonly Lost[],
  { agent, worksOn, recover }: ExpiredTools<Lost>,
): Promise<void> {
  for (const lost of expired) {
    const isOwn = lost.attempt.agent === agent && worksOn(lost.plan.id);
    if (!isOwn) await recover(lost);
  }
}
