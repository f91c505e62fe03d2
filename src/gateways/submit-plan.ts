import { HttpProblem } from '../http/problem.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ExecutionQueue } from '../queue/execution-queue.ts';
import type { Clock } from '../support/time/clock.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { ExecutionRecord } from '../wire/record/record.ts';
import { checkObjects } from './check-objects.ts';

export interface SubmitOptions {
  readonly queue: ExecutionQueue;
  readonly store: ObjectStore;
  /** Beginnings of object names that every tenant may read. */
  readonly sharedObjects: readonly string[];
  readonly limits: {
    /** Executions of a tenant that may wait or run. */
    readonly openPerTenant: number;
    /** How long the same fingerprint is the same request, in milliseconds. */
    readonly dedupeMs: number;
  };
  readonly clock: Clock;
}

export interface Accepted {
  readonly id: string;
  /** Its record as it went into the queue; absent when it had been there before. */
  readonly queued?: ExecutionRecord;
}

/**
 * Queues a plan that came over HTTP; the same fingerprint once more is the execution that it was before.
 * @throws ExecError POLICY_DENIED | QUEUE_FULL; HttpProblem 429 when the tenant has as many executions as it may
 */
export async function submitPlan(plan: ExecutionPlan, fingerprint: string, options: SubmitOptions): Promise<Accepted> {
  const { queue, limits, clock } = options;
  await checkObjects(plan, options);
  const open = await queue.countOpen(plan.tenant);
  if (open >= limits.openPerTenant)
    throw new HttpProblem(
      429,
      `${open} executions of the tenant ${plan.tenant} are queued or running, the maximum (EXEC_TENANT_OPEN). Send it again later.`,
      { 'retry-after': '5' },
    );
  const submitted = await queue.submit(plan, { fingerprint, windowMs: limits.dedupeMs, source: plan.id });
  if (submitted.result === 'duplicate') return { id: submitted.of };
  return { id: plan.id, queued: { version: 1, plan, submittedAt: clock.now(), state: 'queued' } };
}
