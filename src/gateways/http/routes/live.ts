import { z } from 'zod';
import { sendEvents } from '../../../http/bodies/sse.ts';
import { tenantAsked, tenantQuery } from '../../../http/callers/tenant-asked.ts';
import type { HttpRoom } from '../../../http/http-room.ts';
import { answer, idParams, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { executionEventSchema } from '../../../wire/live.ts';
import { findExecution } from '../executions/find-execution.ts';
import type { HttpOptions } from '../http-options.ts';
import { openResumableEvents } from '../live/resumable-events.ts';
import { stateEvents } from '../live/state-events.ts';

const tags = ['live'];
const eventStream = 'text/event-stream';

const resumeHeaders = z.object({
  'last-event-id': z.string().max(64).optional().describe('Continue after this event.'),
});

export function addLiveRoutes(app: HttpApp, options: HttpOptions, { streams, limits }: HttpRoom): void {
  app.route({
    method: 'GET',
    url: '/v1/executions/:id/events',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'followExecution',
      summary: 'Follow the state of an execution until it has finished',
      params: idParams,
      response: { 200: answer('Events `state`.', executionEventSchema, eventStream), ...problems(404) },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      const { signal, cut } = streams.open(request, reply);
      const events = stateEvents({ tenant: record.plan.tenant, signal, cut, executionId: record.plan.id }, options);
      return sendEvents(reply, asMessages(events), limits);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/events',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'followEvents',
      summary: 'Follow the states of all executions',
      description:
        'After a lost connection, send `last-event-id` to get what happened meanwhile. The last 10,000 changes or so are kept. If some that came after that event are not, the stream begins with an event `gap`: list the executions to see their states.',
      headers: resumeHeaders,
      querystring: z.object({ tenant: tenantQuery }),
      response: { 200: answer('Events `state`, or `gap`.', executionEventSchema, eventStream), ...problems() },
    },
    handler: async (request, reply) => {
      const tenant = tenantAsked(request.caller, request.query.tenant);
      const { signal, cut } = streams.open(request, reply);
      const after = request.headers['last-event-id'];
      return sendEvents(reply, await openResumableEvents({ tenant, signal, cut, after }, options), limits);
    },
  });
}

async function* asMessages(events: ReturnType<typeof stateEvents>) {
  for await (const data of events) yield { event: 'state', data };
}
