import type { ExecutionPlan } from '../wire/plan.ts';

/** What lists and events tell of an execution: the few facts that never change, beside the plan which may be large. */
export function metaOf({ id, correlationId, tenant, name, steps, tags }: ExecutionPlan) {
  return {
    execution_id: id,
    ...(correlationId === null ? {} : { correlation_id: correlationId }),
    tenant,
    ...(name === undefined ? {} : { name }),
    image: steps[0]?.image.reference ?? '',
    tags,
  };
}
