import type { Answer } from '../../queue/execution-queue.ts';
import type { SetAside } from '../../queue/queue-options.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Responses } from '../work/create-responses.ts';

interface Tools {
  readonly publish: (answer: Answer) => Promise<void>;
  readonly responses: Pick<Responses, 'announceUnreadable'>;
  readonly metrics: Pick<AgentMetrics, 'setAside'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reports a record that was set aside, and sends the response that its execution can no longer send. */
export function reportSetAside(record: SetAside, { publish, responses, metrics, clock, logger }: Tools): void {
  const { id, problem, tenant, gateway, correlationId, isFinished } = record;
  metrics.setAside();
  logger.error({ execution: id, problem }, 'a record cannot be read; it was set aside');
  // Without a known tenant, only the log of the operator may contain it.
  if (isFinished || tenant === undefined || gateway === undefined) return;
  const error = new ExecError(
    'INTERNAL',
    `The record of this execution cannot be read: ${problem}. It was set aside. Send the request again.`,
  );
  const answer = responses.announceUnreadable(
    { executionId: id, correlationId, tenant, error, now: clock.now() },
    gateway,
  );
  if (answer === undefined) return;
  publish(answer).catch((cause: unknown) =>
    logger.error({ err: cause, execution: id }, 'the response to a record that was set aside could not be sent'),
  );
}
