import { ExecError } from '../../support/exec-error.ts';
import type { ExecutionPlan } from '../../wire/plan.ts';
import { defaultTenant } from './caller.ts';
import type { HttpOptions } from './http-options.ts';

/** Where the uploads of a tenant are. */
export function inputPrefix(tenant: string): string {
  return `inputs/${tenant}/`;
}

const ofExecution = /^executions\/([0-9a-f-]{36})\//;

/**
 * A tenant reads its own uploads, what its own executions left, and what is shared; the operator's own tenant reads
 * everything, as over Redis.
 * @throws ExecError POLICY_DENIED
 */
export async function checkObjects(
  plan: ExecutionPlan,
  options: Pick<HttpOptions, 'queue' | 'store' | 'sharedObjects'>,
) {
  const { tenant } = plan;
  if (tenant === defaultTenant) return;
  for (const input of plan.inputs) {
    if (input.kind !== 'object' && input.kind !== 'prefix') continue;
    const name = input.kind === 'object' ? input.name : input.prefix;
    const { bucket = options.store.defaultBucket } = input;
    if (bucket === options.store.defaultBucket && (await mayRead(name, tenant, options))) continue;
    throw new ExecError(
      'POLICY_DENIED',
      `${input.origin}: the tenant ${tenant} may not read ${JSON.stringify(name)}. Upload it with PUT /v1/inputs/… and name it as the answer says.`,
    );
  }
}

async function mayRead(
  name: string,
  tenant: string,
  { queue, sharedObjects }: Pick<HttpOptions, 'queue' | 'sharedObjects'>,
) {
  if ([inputPrefix(tenant), ...sharedObjects].some((prefix) => name.startsWith(prefix))) return true;
  const [, id] = ofExecution.exec(name) ?? [];
  return id !== undefined && (await queue.find(tenant, id)) !== undefined;
}
