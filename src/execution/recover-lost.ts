import type { ExecutionQueue, LostExecution } from '../queue/execution-queue.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkPool } from './work-pool.ts';

export interface RecoveryTools {
  readonly queue: ExecutionQueue;
  readonly pool: WorkPool;
  /** Where this agent's sandboxes are. */
  readonly home: string;
  /** How often an execution is begun anew when its agent vanishes before the container's start. */
  readonly maxAttempts: number;
  /** Answers for an execution that cannot be followed from here, or lets it run again. */
  readonly giveUp: (lost: LostExecution) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Goes on with an execution whose agent vanished. One whose container was never recorded begins anew, unless that was
 * tried too often; one whose sandbox is here is followed on; any other is given up.
 */
export async function recoverLost(lost: LostExecution, tools: RecoveryTools): Promise<void> {
  const { queue, pool, home, logger } = tools;
  const { plan, attempt } = lost;
  if (lost.state === 'staging') {
    if (attempt.number >= tools.maxAttempts) return tools.giveUp(lost);
    logger.info({ execution: plan.id, from: attempt.agent }, 'begins anew: its agent vanished before the start');
    await queue.requeue(lost, 0, 'again');
    return;
  }
  if (attempt.home !== home) return tools.giveUp(lost);
  const assignment = await queue.adopt(lost);
  if (assignment === undefined) return;
  logger.info({ execution: plan.id, from: attempt.agent, state: lost.state }, 're-attached');
  pool.resume(assignment, lost);
}
