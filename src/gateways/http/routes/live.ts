import { z } from 'zod';
import { sendEvents, sendText } from '../../../http/bodies/sse.ts';
import type { HttpRoom } from '../../../http/http-room.ts';
import { answer, idParams, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import type { PositionedLine } from '../../../queue/live-log.ts';
import { executionEventSchema, type LogLine, logLineSchema } from '../../../wire/live.ts';
import type { ExecutionRecord } from '../../../wire/record.ts';
import { findExecution } from '../executions/find-execution.ts';
import type { HttpOptions } from '../http-options.ts';
import { keptLog, logEvents } from '../live/log-events.ts';
import { stateEvents } from '../live/state-events.ts';

const tags = ['live'];
const eventStream = 'text/event-stream';

const resumeHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,20}-\d{1,20}$/, 'the id of an event')
    .optional()
    .describe('Continue after this event.'),
});

export function addLiveRoutes(app: HttpApp, options: HttpOptions, { streams, limits }: HttpRoom): void {
  app.route({
    method: 'GET',
    url: '/v1/executions/:id/logs',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getLogs',
      summary: 'Read or follow the output of a container',
      description:
        'As text: all that is kept of it. If earlier output is no longer kept, a mark gives its number of bytes. Or with `accept: text/event-stream` as events `log` until an event `end`. After a lost connection, send `last-event-id` to continue without gaps.',
      params: idParams,
      headers: resumeHeaders,
      querystring: z.object({
        follow: z
          .enum(['true', 'false'])
          .optional()
          .describe('Whether to continue until the execution has finished. Default: as events yes, as text no.'),
      }),
      response: {
        200: {
          description: 'stdout and stderr, in the order in which they arrived.',
          content: { 'text/plain': { schema: z.string() }, [eventStream]: { schema: logLineSchema } },
        },
        ...problems(404),
      },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      const after = request.headers['last-event-id'];
      if (request.headers.accept?.includes(eventStream) === true) {
        if (request.query.follow === 'false') return sendEvents(reply, keptEvents(record, options), limits);
        const { signal } = streams.open(request, reply);
        return sendEvents(reply, logEvents(record, { signal, after }, options), limits);
      }
      reply.type('text/plain; charset=utf-8').header('content-security-policy', 'sandbox');
      if (record.state === 'finished') return reply.send(record.outcome.output);
      if (request.query.follow === 'true') {
        const { signal } = streams.open(request, reply);
        return sendText(reply, textOf(logEvents(record, { signal, after }, options)));
      }
      return sendText(reply, keptText(options.liveLog.read(record.plan.id)));
    },
  });

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

async function* textOf(events: ReturnType<typeof logEvents>) {
  for await (const { event, data } of events) if (event === 'log') yield lineText(logLineSchema.parse(data));
}

async function* keptText(lines: AsyncIterable<PositionedLine>) {
  for await (const { line } of lines) yield lineText(line);
}

/** With a mark for what is not kept any more. */
function lineText({ text, omitted }: LogLine): string {
  return omitted === undefined ? text : `[… ${omitted} bytes no longer kept …]\n${text}`;
}

async function* keptEvents(record: ExecutionRecord, options: HttpOptions) {
  for await (const data of keptLog(record, options)) yield { event: 'log', data };
  yield { event: 'end', data: { state: record.state } };
}
