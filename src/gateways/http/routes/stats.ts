import { z } from 'zod';
import { tenantAsked, tenantQuery } from '../../../http/callers/tenant-asked.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { executionStatsSchema } from '../../../wire/http/stats.ts';
import type { HttpOptions } from '../http-options.ts';

const mostParts = 100;
const dayMs = 86_400_000;

const statsQuery = z.object({
  tenant: tenantQuery,
  since: z.iso
    .datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' })
    .optional()
    .describe('Submitted at this time or later. Default: a day ago.'),
  until: z.iso
    .datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' })
    .optional()
    .describe('Submitted before this time. Default: now.'),
  parts: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostParts)
    .default(24)
    .describe('Number of equal parts of the period in `history`.'),
});

/** How many executions are in which state, and how they ended. */
export function addStatsRoutes(app: HttpApp, options: HttpOptions): void {
  app.route({
    method: 'GET',
    url: '/v1/stats',
    config: { scope: 'read' },
    schema: {
      tags: ['executions'],
      operationId: 'countExecutions',
      summary: 'Count executions by state and by code',
      description:
        'Executions that were submitted in the period and whose records are still kept, with the states that they have now.',
      querystring: statsQuery,
      response: { 200: answer('The numbers.', executionStatsSchema), ...problems() },
    },
    handler: async (request, reply) => {
      const { parts } = request.query;
      const until = timeOf(request.query.until) ?? options.clock.now() + 1;
      const since = timeOf(request.query.since) ?? until - dayMs;
      if (since >= until) throw new HttpProblem(400, 'since: must be earlier than until.');
      const tenant = tenantAsked(request.caller, request.query.tenant);
      const period = { since, until, parts, ...(tenant === undefined ? {} : { tenant }) };
      const { history, ...counts } = await options.queue.count(period);
      const stats = {
        since: new Date(since).toISOString(),
        until: new Date(until).toISOString(),
        ...counts,
        history: history.map((part) => ({ ...part, since: new Date(part.since).toISOString() })),
      };
      return reply.type('application/json').send(JSON.stringify(stats));
    },
  });
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
