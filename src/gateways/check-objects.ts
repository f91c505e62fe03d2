import { defaultTenant } from '../http/callers/caller.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ExecutionQueue } from '../queue/execution-queue.ts';
import { ExecError } from '../support/exec-error.ts';
import type { ExecutionPlan, Output } from '../wire/plan/plan.ts';

interface ObjectRules {
  readonly queue: Pick<ExecutionQueue, 'find'>;
  readonly store: Pick<ObjectStore, 'defaultBucket'>;
  /** Beginnings of object names that every tenant may read. */
  readonly sharedObjects: readonly string[];
}

/** Where the uploads of a tenant are. */
export function inputPrefix(tenant: string): string {
  return `inputs/${tenant}/`;
}

const ofExecution = /^executions\/([0-9a-f-]{36})\//;

/**
 * A tenant reads its own uploads, what its own executions left, and what is shared, and writes among its own; the
 * operator's own tenant reads and writes everything, as over Redis.
 * @throws ExecError POLICY_DENIED
 */
export async function checkObjects(plan: ExecutionPlan, options: ObjectRules) {
  const { tenant } = plan;
  if (tenant === defaultTenant) return;
  for (const output of plan.outputs) checkOutput(output, plan, options);
  // Many inputs are often of one execution, whose record can be large and is read as a whole.
  const own = new Set<string>();
  const isOwn = async (id: string) => {
    if (!own.has(id) && (await options.queue.find(tenant, id)) !== undefined) own.add(id);
    return own.has(id);
  };
  for (const input of plan.inputs) {
    if (input.kind !== 'object' && input.kind !== 'prefix') continue;
    const name = input.kind === 'object' ? input.name : input.prefix;
    const { bucket = options.store.defaultBucket } = input;
    if (
      bucket === options.store.defaultBucket &&
      (isShared(name, tenant, options) || (await isOfOwnExecution(name, isOwn)))
    )
      continue;
    throw new ExecError(
      'POLICY_DENIED',
      `${input.origin}: the tenant ${tenant} may not read ${JSON.stringify(name)}. Upload it with PUT /v1/inputs/… and name it as the answer says.`,
    );
  }
}

function checkOutput(output: Output, { id, tenant }: ExecutionPlan, { store }: Pick<ObjectRules, 'store'>): void {
  if (output.kind === 'put' && output.to.kind === 'url' && new URL(output.to.url).protocol === 'file:')
    throw new ExecError(
      'POLICY_DENIED',
      `${output.origin}: the tenant ${tenant} may not write to files of the host. Use s3://${store.defaultBucket}/${inputPrefix(tenant)}….`,
    );
  const place = placeOf(output);
  if (place === undefined) return;
  const { bucket = store.defaultBucket, name } = place;
  const own = [inputPrefix(tenant), `executions/${id}/`];
  if (bucket === store.defaultBucket && own.some((prefix) => name.startsWith(prefix))) return;
  throw new ExecError(
    'POLICY_DENIED',
    `${output.origin}: the tenant ${tenant} may not write ${JSON.stringify(name)}. Use s3://${store.defaultBucket}/${inputPrefix(tenant)}…, or output.minio_upload.`,
  );
}

function placeOf(output: Output): { readonly bucket?: string | undefined; readonly name: string } | undefined {
  if (output.kind === 'upload') return { bucket: output.bucket, name: output.prefix };
  return output.kind === 'put' && output.to.kind === 'object' ? output.to : undefined;
}

function isShared(name: string, tenant: string, { sharedObjects }: Pick<ObjectRules, 'sharedObjects'>): boolean {
  return [inputPrefix(tenant), ...sharedObjects].some((prefix) => name.startsWith(prefix));
}

async function isOfOwnExecution(name: string, isOwn: (id: string) => Promise<boolean>): Promise<boolean> {
  const [, id] = ofExecution.exec(name) ?? [];
  return id !== undefined && (await isOwn(id));
}
