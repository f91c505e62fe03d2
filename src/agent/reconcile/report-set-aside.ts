import { refusalToResponse } from '../../gateways/message/response/refusal-to-response.ts';
import { responseChannelOf } from '../../gateways/message/response/response-channel.ts';
import type { Answer } from '../../queue/execution-queue.ts';
import type { SetAside } from '../../queue/queue-options.ts';
import { ExecError } from '../../support/exec-error.ts';
import { stringifyJson } from '../../support/json/json.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';

interface Tools {
  readonly publish: (answer: Answer) => Promise<void>;
  readonly channel: string;
  readonly metrics: Pick<AgentMetrics, 'setAside'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reports a record that was set aside, and sends the response that its execution can no longer send. */
export function reportSetAside(record: SetAside, { publish, channel, metrics, clock, logger }: Tools): void {
  const { id, problem, tenant, correlationId, isFinished } = record;
  metrics.setAside();
  logger.error({ execution: id, problem }, 'a record cannot be read; it was set aside');
  if (isFinished) return;
  const error = new ExecError(
    'INTERNAL',
    `The record of this execution cannot be read: ${problem}. It was set aside. Send the request again.`,
  );
  const response = refusalToResponse({ tenant, correlationId, executionId: id, error, now: clock.now() });
  // Without a known tenant, only the log of the operator may contain it.
  if (tenant === undefined) return;
  publish({ channel: responseChannelOf({ tenant }, channel), text: stringifyJson(response) }).catch((cause: unknown) =>
    logger.error({ err: cause, execution: id }, 'the response to a record that was set aside could not be sent'),
  );
}
