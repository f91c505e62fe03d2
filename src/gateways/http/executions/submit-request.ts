import { randomUUID } from 'node:crypto';
import type { Caller } from '../../../http/callers/caller.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { toExecError } from '../../../support/exec-error.ts';
import type { ExecutionPlan } from '../../../wire/plan.ts';
import type { ExecutionRecord } from '../../../wire/record.ts';
import { requestToDraft } from '../../message/draft/request-to-draft.ts';
import { fingerprintOf } from '../../message/request/fingerprint-of.ts';
import { invalidField } from '../../message/request/invalid-request.ts';
import { parseRequest } from '../../message/request/parse-request.ts';
import type { HttpOptions } from '../http-options.ts';
import { checkObjects } from './check-objects.ts';

/** In the plans of requests that came over HTTP. */
export const httpGateway = 'http';

export interface Accepted {
  readonly id: string;
  /** Its record as it went into the queue; absent when it had been there before. */
  readonly queued?: ExecutionRecord;
}

/**
 * Queues the request; the same correlation id and body once more is the execution that it was before.
 * @throws ExecError; HttpProblem 429 when the tenant has as many executions as it may
 */
export async function submitRequest(text: string, caller: Caller, options: HttpOptions): Promise<Accepted> {
  const { queue, limits } = options;
  const { plan, correlationId } = await admit(text, caller, options);
  const open = await queue.countOpen(caller.tenant);
  if (open >= limits.openPerTenant)
    throw new HttpProblem(
      429,
      `${open} executions of the tenant ${caller.tenant} are queued or running, the maximum (EXEC_TENANT_OPEN). Send it again later.`,
      {
        'retry-after': '5',
      },
    );
  const known = correlationId ?? plan.id;
  const fingerprint = fingerprintOf(caller.tenant, known, text);
  const submitted = await queue.submit(plan, { fingerprint, windowMs: limits.dedupeMs, source: plan.id });
  if (submitted.result === 'duplicate') return { id: submitted.of };
  return { id: plan.id, queued: { version: 1, plan, submittedAt: options.clock.now(), state: 'queued' } };
}

async function admit(text: string, { tenant }: Caller, options: HttpOptions) {
  const parsed = parseRequest(text, { maxBytes: options.limits.maxMessageBytes });
  if (!parsed.ok) throw parsed.error;
  const { request, warnings } = parsed;
  if (request.reply_to !== undefined)
    throw invalidField(
      'reply_to',
      request.reply_to,
      'works over Redis only. Leave it out; the response is at the URL in "location".',
    );
  const { responseChannel, servicePort } = options;
  const context = { executionId: randomUUID(), gateway: httpGateway, tenant, warnings, responseChannel, servicePort };
  let plan: ExecutionPlan;
  try {
    plan = await options.admit(requestToDraft(request, context));
  } catch (error) {
    throw toExecError(error);
  }
  await checkObjects(plan, options);
  return { plan, correlationId: request.correlation_id };
}
