import type { LostExecution } from '../../queue/execution-queue.ts';

export interface PredecessorTools<T extends Pick<LostExecution, 'state' | 'plan'>> {
  /** Whether the agent that held it had the sandboxes of this one, and its process is gone. */
  readonly isPredecessors: (held: T) => Promise<boolean>;
  /** Removes sandboxes of no execution, and of this one. */
  readonly sweep: (lost: T) => Promise<void>;
  readonly recover: (lost: T) => Promise<void>;
}

/**
 * Recovers executions of an agent whose process is gone: their leases need not run out first. Those with a recorded container
 * come first, because a sweep takes long on a busy host, and agents elsewhere give them up once their leases run out.
 */
export async function recoverPredecessors<T extends Pick<LostExecution, 'state' | 'plan'>>(
  held: readonly T[],
  { isPredecessors, sweep, recover }: PredecessorTools<T>,
): Promise<void> {
  const unstarted: T[] = [];
  for (const lost of held) {
    if (!(await isPredecessors(lost))) continue;
    if (lost.state === 'staging') unstarted.push(lost);
    else await recover(lost);
  }
  for (const lost of unstarted) {
    await sweep(lost);
    await recover(lost);
  }
}
