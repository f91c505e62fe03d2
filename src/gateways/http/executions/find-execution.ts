import type { Caller } from '../../../http/callers/caller.ts';
import { isAdmin } from '../../../http/callers/tenant-asked.ts';
import { HttpProblem } from '../../../http/problem.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';

/**
 * What the caller's tenant has under that execution or correlation id; for an administrator also what another tenant has
 * under that execution id. To others, what another tenant has is missing.
 * @throws HttpProblem 404
 */
export async function findExecution(
  id: string,
  caller: Caller,
  { queue }: { readonly queue: Pick<HttpOptions['queue'], 'find' | 'findAnyones'> },
): Promise<ExecutionRecord> {
  const own = await queue.find(caller.tenant, id);
  const record = own ?? (isAdmin(caller) ? await queue.findAnyones(id) : undefined);
  if (record !== undefined) return record;
  throw new HttpProblem(404, `There is no execution ${JSON.stringify(id)}. GET /v1/executions lists all.`);
}
