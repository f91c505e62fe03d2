import { randomUUID } from 'node:crypto';
import { toExecError } from '../../../support/exec-error.ts';
import type { PlanDraft } from '../../../wire/plan/plan.ts';
import { fingerprintOf } from '../../message/request/fingerprint-of.ts';
import { type Accepted, submitPlan } from '../../submit-plan.ts';
import type { HttpOptions } from '../http-options.ts';

/** In the plans of requests that came over HTTP. */
export const httpGateway = 'http';

interface Sender {
  readonly tenant: string;
  /** Of the HTTP request. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/**
 * Queues the request; the same correlation id and body once more is the execution that it was before.
 * @throws ExecError; HttpProblem 429 when the tenant has as many executions as it may
 */
export async function submitRequest(
  text: string,
  { tenant, traceparent, tracestate }: Sender,
  options: HttpOptions,
): Promise<Accepted> {
  const { responseChannel, servicePort, limits } = options;
  const context = {
    executionId: randomUUID(),
    gateway: httpGateway,
    tenant,
    responseChannel,
    servicePort,
    traceparent,
    tracestate,
  };
  const drafted = await options.draft(text, { ...context, maxBytes: limits.maxMessageBytes, noReplies });
  if (!drafted.ok) throw drafted.error;
  const plan = admitted(drafted.draft, options);
  const known = plan.correlationId ?? plan.id;
  return submitPlan(plan, fingerprintOf(tenant, known, drafted.digest), options);
}

const noReplies = 'works over Redis only. Leave it out; the response is at the URL in "location".';

function admitted(draft: PlanDraft, { admit }: HttpOptions) {
  try {
    return admit(draft);
  } catch (error) {
    throw toExecError(error);
  }
}
