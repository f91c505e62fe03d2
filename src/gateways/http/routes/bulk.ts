import { tenantAsked } from '../../../http/callers/tenant-asked.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import type { ListFilter } from '../../../queue/execution-queue.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { type Canceled, canceledSchema, cancelManySchema } from '../../../wire/http/cancel-many.ts';
import { executionStateSchema } from '../../../wire/live.ts';
import { filterOf } from '../executions/list-query.ts';
import type { HttpOptions } from '../http-options.ts';

// How many one call cancels, and how many together.
const mostCanceled = 1000;
const together = 50;
const openStates = executionStateSchema.exclude(['finished']).options;

/** What is done to many executions at once. */
export function addBulkRoutes(app: HttpApp, options: HttpOptions): void {
  app.route({
    method: 'POST',
    url: '/v1/executions/cancel',
    config: { scope: 'submit', action: 'cancel many' },
    schema: {
      tags: ['executions'],
      operationId: 'cancelExecutions',
      summary: 'Cancel the executions that match a filter',
      description:
        'Those of the tenant that wait or run, at most 1,000 per call. With `dry_run` nothing is canceled, and the response says what would be.',
      body: cancelManySchema,
      response: { 200: answer('The executions.', canceledSchema), ...problems(415) },
    },
    handler: async (request, reply) => {
      const { data, problem } = readJson(typeof request.body === 'string' ? request.body : '', cancelManySchema);
      if (problem !== undefined) throw new HttpProblem(400, `The body: ${problem}.`);
      const {
        filter: { tenant: asked, ...filter },
        dry_run = false,
      } = data;
      const tenant = tenantAsked(request.caller, asked);
      const ofTenant = tenant === undefined ? {} : { tenant };
      const { ids, more } = await findOpen({ states: openStates, ...filterOf(filter), ...ofTenant }, options);
      for (let at = 0; at < ids.length && !dry_run; at += together)
        await Promise.all(ids.slice(at, at + together).map((id) => options.cancel(id)));
      const canceled: Canceled = { executions: ids, dry_run, more };
      return reply.type('application/json').send(JSON.stringify(canceled));
    },
  });
}

async function findOpen(filter: ListFilter, { queue }: Pick<HttpOptions, 'queue'>) {
  const ids: string[] = [];
  let next: string | undefined;
  do {
    const page = await queue.list(filter, {
      limit: mostCanceled - ids.length,
      ...(next === undefined ? {} : { cursor: next }),
    });
    ids.push(...page.executions.map(({ id }) => id));
    next = page.next;
  } while (next !== undefined && ids.length < mostCanceled);
  return { ids, more: next !== undefined };
}
