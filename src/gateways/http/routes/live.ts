import { sendEvents } from '../../../http/bodies/sse.ts';
import type { HttpRoom } from '../../../http/http-room.ts';
import { answer, idParams, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { executionEventSchema } from '../../../wire/live.ts';
import { findExecution } from '../executions/find-execution.ts';
import type { HttpOptions } from '../http-options.ts';
import { stateEvents } from '../live/state-events.ts';

const tags = ['live'];
const eventStream = 'text/event-stream';

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
      const { tenant } = request.caller;
      const { signal, cut } = streams.open(request, reply);
      const events = stateEvents({ tenant, signal, cut, executionId: record.plan.id }, options);
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
      response: { 200: answer('Events `state`.', executionEventSchema, eventStream), ...problems() },
    },
    handler: async (request, reply) => {
      const { tenant } = request.caller;
      const { signal, cut } = streams.open(request, reply);
      return sendEvents(reply, asMessages(stateEvents({ tenant, signal, cut }, options)), limits);
    },
  });
}

async function* asMessages(events: ReturnType<typeof stateEvents>) {
  for await (const data of events) yield { event: 'state', data };
}
