import type { ExecutionQueue, LostExecution } from '../queue/execution-queue.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkPool } from './work-pool.ts';

export interface RecoveryTools {
  readonly queue: Pick<ExecutionQueue, 'adopt' | 'requeue'>;
  readonly pool: Pick<WorkPool, 'resume'>;
  /** Where the sandboxes of this agent are. */
  readonly home: string;
  /** How often an execution is restarted when its agent is lost before the container starts. */
  readonly maxAttempts: number;
  /** Fails or retries an execution that this agent cannot resume. */
  readonly retryOrFail: (lost: LostExecution) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Recovers an execution whose agent was lost. If its container was never recorded, the execution restarts, up to the
 * maximum number of times. If its sandbox is on this host, it is resumed. Otherwise it is retried or marked lost.
 */
export async function recoverLost(lost: LostExecution, tools: RecoveryTools): Promise<void> {
  const { queue, pool, home, logger } = tools;
  const { plan, attempt } = lost;
  if (lost.state === 'staging') {
    if (attempt.number >= tools.maxAttempts) return tools.retryOrFail(lost);
    logger.info({ execution: plan.id, from: attempt.agent }, 'begins anew: its agent vanished before the start');
    await queue.requeue(lost, 0, 'again');
    return;
  }
  if (attempt.home !== home) return tools.retryOrFail(lost);
  const assignment = await queue.adopt(lost);
  if (assignment === undefined) return;
  logger.info({ execution: plan.id, from: attempt.agent, state: lost.state }, 're-attached');
  pool.resume(assignment, lost);
}
