import { decideRetry } from '../../execution/decide-retry.ts';
import type { ExecutionQueue, LostExecution } from '../../queue/execution-queue.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import { agentLost, type Responses } from '../work/create-responses.ts';
import { finishUnlessCanceled } from '../work/finish-unless-canceled.ts';

interface Tools {
  readonly queue: Pick<ExecutionQueue, 'finish' | 'requeue'>;
  readonly responses: Pick<Responses, 'announce'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An execution whose agent does not return and whose sandbox is elsewhere: it runs again if it may, else it is lost. */
export async function retryOrFailLost(lost: LostExecution, { queue, responses, clock, logger }: Tools): Promise<void> {
  const outcome = agentLost(lost, clock.now());
  const facts = { execution: lost.plan.id, from: lost.attempt.agent };
  const retryAfterMs = decideRetry(lost.plan, lost.attempt, outcome);
  if (retryAfterMs !== undefined) {
    await queue.requeue(lost, retryAfterMs, 'again');
    logger.info({ ...facts, retryAfterMs }, 'is tried again: its agent does not return');
    return;
  }
  await finishUnlessCanceled(outcome, async (ended) =>
    queue.finish(lost, ended, await responses.announce({ ...lost, outcome: ended })),
  );
  logger.warn(facts, 'execution lost: its agent does not return');
}
