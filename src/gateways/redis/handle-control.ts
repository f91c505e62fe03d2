import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import { textWithin } from '../../support/hear-channel.ts';
import { readJson } from '../../support/json/read-json.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionRecord, Outcome } from '../../wire/record/record.ts';
import type { Responder } from '../gateway.ts';
import { redisTenant } from './handle-request.ts';

export interface ControlTools {
  readonly queue: ExecutionQueue;
  readonly cancelRunning: (executionId: string) => boolean;
  /** The message that reports a finished execution, of any gateway. */
  readonly announce: Responder['announce'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Many times what an id takes. */
const maxControlBytes = 64 * 1024;
const tooLong = { data: undefined, problem: `it has more than ${maxControlBytes} bytes` };

const controlSchema = z.object({
  cancel: z
    .string()
    .min(1)
    .refine((id) => id.isWellFormed(), 'cancel: is not well-formed Unicode text'),
});

/**
 * `{"cancel": "<correlation_id or execution_id>"}`: the agent that holds the execution cancels it.
 * @returns `marked`: its record says so, for the agent that holds it; `unknown`: there is no such execution; `done`: nothing is left to do
 */
export async function handleControl(message: Buffer, tools: ControlTools): Promise<'done' | 'marked' | 'unknown'> {
  const id = parseControl(message);
  if (typeof id !== 'string') {
    tools.logger.warn(id, 'a control message was ignored');
    return 'done';
  }
  // Who may use this channel looks after all tenants; correlation ids are those of requests over Redis.
  const record = (await tools.queue.find(redisTenant, id)) ?? (await tools.queue.findAnyones(id));
  if (record === undefined) return 'unknown';
  if (record.state === 'finished') return 'done';
  const state = await tools.queue.askToCancel(record.plan.id);
  if (state === 'queued' && (await cancelWaiting(record, tools))) return 'done';
  // An execution that was taken a moment ago is registered as running in this turn of the event loop.
  await nextTurn();
  return tools.cancelRunning(record.plan.id) ? 'done' : 'marked';
}

function parseControl(message: Buffer): string | { readonly problem: string } {
  const text = textWithin(message, maxControlBytes);
  const { data, problem } = text === undefined ? tooLong : readJson(text, controlSchema);
  if (problem === undefined) return data.cancel;
  return { problem: `expected {"cancel": "<correlation_id or execution_id>"}: ${problem}` };
}

async function cancelWaiting({ plan, submittedAt }: ExecutionRecord, tools: ControlTools): Promise<boolean> {
  const now = tools.clock.now();
  const outcome: Outcome = {
    failure: { code: 'CANCELED', message: 'The execution was canceled before it had started.' },
    steps: [],
    output: '',
    phases: {},
    warnings: plan.warnings,
    startedAt: now,
    finishedAt: now,
  };
  return tools.queue.finishWaiting(plan.id, outcome, await tools.announce({ plan, submittedAt, outcome }));
}
