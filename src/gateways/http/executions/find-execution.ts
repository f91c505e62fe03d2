import type { Caller } from '../../../http/callers/caller.ts';
import { HttpProblem } from '../../../http/problem.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';

/**
 * What the caller's tenant has under that execution or correlation id. What another one has is not told from what is
 * not there.
 * @throws HttpProblem 404
 */
export async function findExecution(
  id: string,
  { tenant }: Caller,
  { queue }: { readonly queue: Pick<HttpOptions['queue'], 'find'> },
): Promise<ExecutionRecord> {
  const record = await queue.find(tenant, id);
  if (record !== undefined) return record;
  throw new HttpProblem(404, `There is no execution ${JSON.stringify(id)}. GET /v1/executions lists all.`);
}
