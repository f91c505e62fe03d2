import { randomUUID } from 'node:crypto';
import type { Caller } from '../../../http/callers/caller.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { toExecError } from '../../../support/exec-error.ts';
import type { ExecutionPlan } from '../../../wire/plan.ts';
import type { ExecutionRecord } from '../../../wire/record.ts';
import { fingerprintOf } from '../../message/request/fingerprint-of.ts';
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
  const { plan, digest } = await admit(text, caller, options);
  const open = await queue.countOpen(caller.tenant);
  if (open >= limits.openPerTenant)
    throw new HttpProblem(
      429,
      `${open} executions of the tenant ${caller.tenant} are queued or running, the maximum (EXEC_TENANT_OPEN). Send it again later.`,
      {
        'retry-after': '5',
      },
    );
  const known = plan.correlationId ?? plan.id;
  const fingerprint = fingerprintOf(caller.tenant, known, digest);
  const submitted = await queue.submit(plan, { fingerprint, windowMs: limits.dedupeMs, source: plan.id });
  if (submitted.result === 'duplicate') return { id: submitted.of };
  return { id: plan.id, queued: { version: 1, plan, submittedAt: options.clock.now(), state: 'queued' } };
}

const noReplies = 'works over Redis only. Leave it out; the response is at the URL in "location".';

async function admit(text: string, { tenant }: Caller, options: HttpOptions) {
  const { responseChannel, servicePort, limits } = options;
  const context = { executionId: randomUUID(), gateway: httpGateway, tenant, responseChannel, servicePort };
  const drafted = await options.draft(text, { ...context, maxBytes: limits.maxMessageBytes, noReplies });
  if (!drafted.ok) throw drafted.error;
  let plan: ExecutionPlan;
  try {
    plan = await options.admit(drafted.draft);
  } catch (error) {
    throw toExecError(error);
  }
  await checkObjects(plan, options);
  return { plan, digest: drafted.digest };
}
