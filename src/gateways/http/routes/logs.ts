import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { parseRange } from '../../../http/bodies/byte-range.ts';
import { sendEvents, sendText } from '../../../http/bodies/sse.ts';
import type { HttpRoom } from '../../../http/http-room.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, idParams, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { whenClosed } from '../../../http/when-closed.ts';
import { logHitsSchema, mostLogHits } from '../../../wire/http/log-hits.ts';
import { logLineSchema } from '../../../wire/live.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import { findExecution } from '../executions/find-execution.ts';
import type { HttpOptions } from '../http-options.ts';
import { keptLog, logEvents } from '../live/log-events.ts';
import { lineText } from '../logs/line-text.ts';
import { type LogSource, logSourceOf } from '../logs/log-source.ts';
import { findTail, findTailFromEnd, type LogPart, readPart, readPartFromEnd } from '../logs/read-part.ts';
import { searchLog } from '../logs/search-log.ts';

const tags = ['live'];
const eventStream = 'text/event-stream';
const mostTailLines = 100_000;
const longestSearchText = 512;
const searchMs = 5000;

const position = z.coerce.number().int().min(0);

const logQuery = z.object({
  follow: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether to continue until the execution has finished. Default: as events yes, as text no.'),
  tail: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostTailLines)
    .optional()
    .describe('As text: only so many lines at the end.'),
  offset: position.optional().describe('As text: begin after so many bytes.'),
  limit: position.min(1).optional().describe('As text: maximum number of bytes.'),
  download: z.enum(['true', 'false']).optional().describe('Whether a browser saves the text as a file.'),
});

const searchQuery = z.object({
  q: z.string().min(1).max(longestSearchText).describe('The text to find, as it is.'),
  ignore_case: z.enum(['true', 'false']).optional().describe('Letters of ASCII in any case.'),
  offset: position.default(0).describe('Begin after so many bytes.'),
  limit: z.coerce.number().int().min(1).max(mostLogHits).default(100).describe('Maximum number of lines.'),
});

const resumeHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,20}-\d{1,20}$/, 'the id of an event')
    .optional()
    .describe('Continue after this event.'),
  range: z.string().optional().describe('As text, of a finished execution: `bytes=0-99`'),
});

type LogQuery = z.infer<typeof logQuery>;

export function addLogRoutes(app: HttpApp, options: HttpOptions, { streams, limits }: HttpRoom): void {
  app.route({
    method: 'GET',
    url: '/v1/executions/:id/logs',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getLogs',
      summary: 'Read or follow the output of a container',
      description:
        'As text: all that is kept of it, or a part. If earlier output is no longer kept, a mark gives its number of bytes. `x-log-offset` and `x-log-lines-before` say how many bytes and lines are before the text, `x-log-size` how many bytes the output of a finished execution has. Or with `accept: text/event-stream` as events `log` until an event `end`. After a lost connection, send `last-event-id` to continue without gaps.',
      params: idParams,
      headers: resumeHeaders,
      querystring: logQuery,
      response: {
        200: {
          description: 'stdout and stderr, in the order in which they arrived.',
          content: { 'text/plain': { schema: z.string() }, [eventStream]: { schema: logLineSchema } },
        },
        206: answer('The range.', z.string(), 'text/plain'),
        ...problems(404, 416),
      },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      const { follow } = request.query;
      const after = request.headers['last-event-id'];
      if (request.headers.accept?.includes(eventStream) === true) {
        if (follow === 'false') return sendEvents(reply, keptEvents(record, options, leavingOf(reply)), limits);
        const { signal } = streams.open(request, reply);
        return sendEvents(reply, logEvents(record, { signal, after }, options), limits);
      }
      reply.type('text/plain; charset=utf-8').header('content-security-policy', 'sandbox');
      if (request.query.download === 'true')
        reply.header('content-disposition', `attachment; filename="${record.plan.id}.log"`);
      if (record.state !== 'finished' && follow === 'true') {
        const { signal } = streams.open(request, reply);
        return sendText(reply, textOf(logEvents(record, { signal, after }, options)));
      }
      return sendPart(reply, await logSourceOf(record, options), request.query, request.headers.range);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/executions/:id/logs/search',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'searchLogs',
      summary: 'Search the output of a container',
      description: 'Returns the lines that contain the text. A search that takes long ends early, with `next`.',
      params: idParams,
      querystring: searchQuery,
      response: { 200: answer('The lines, in order.', logHitsSchema), ...problems(404) },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      const { q: text, ignore_case, offset, limit } = request.query;
      const source = await logSourceOf(record, options);
      const end = performance.now() + searchMs;
      const isOver = () => performance.now() > end;
      const search = { text, ignoreCase: ignore_case === 'true', offset, limit, isOver };
      const result = await searchLog(await source.open(leavingOf(reply)), search);
      return reply.type('application/json').send(JSON.stringify(result));
    },
  });
}

/** Aborted once the client has left, or has everything. */
function leavingOf(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  whenClosed(reply, () => left.abort());
  return left.signal;
}

async function sendPart(reply: FastifyReply, source: LogSource, query: LogQuery, rangeHeader: string | undefined) {
  const { tail, limit } = query;
  const { size } = source;
  const signal = leavingOf(reply);
  const isPart = tail !== undefined || query.offset !== undefined || limit !== undefined;
  const range = isPart || size === undefined ? 'none' : parseRange(rangeHeader, size);
  if (range === 'unsatisfiable')
    throw new HttpProblem(416, `The output has ${size} bytes.`, { 'content-range': `bytes */${size}` });
  const offset = tail === undefined ? (query.offset ?? 0) : await tailOf(source, tail, signal);
  const wanted = range === 'none' ? { offset, limit } : { offset: range.start, limit: range.end + 1 - range.start };
  const part = await partOf(source, wanted, signal);
  reply.headers({ 'x-log-offset': part.offset, 'x-log-lines-before': part.linesBefore });
  if (size !== undefined) {
    const length = Math.min(wanted.limit ?? size, size - part.offset);
    reply.headers({ 'accept-ranges': 'bytes', 'x-log-size': size, 'content-length': length });
  }
  if (range !== 'none') reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
  return reply.send(Readable.from(part.body, { objectMode: false }));
}

async function tailOf(source: LogSource, lines: number, signal: AbortSignal): Promise<number> {
  const log = source.counted?.(signal);
  const fromEnd = log === undefined ? undefined : await findTailFromEnd(log, lines);
  return fromEnd ?? findTail(await source.open(signal), lines);
}

interface Wanted {
  readonly offset: number;
  readonly limit: number | undefined;
}

async function partOf(source: LogSource, { offset, limit }: Wanted, signal: AbortSignal): Promise<LogPart> {
  const log = source.counted?.(signal);
  const fromEnd = log === undefined || offset > log.size ? undefined : await readPartFromEnd(log, offset, limit);
  return fromEnd ?? readPart(await source.open(signal), offset, limit);
}

async function* textOf(events: ReturnType<typeof logEvents>) {
  for await (const { event, data } of events) if (event === 'log') yield lineText(logLineSchema.parse(data));
}

async function* keptEvents(record: ExecutionRecord, options: HttpOptions, signal: AbortSignal) {
  for await (const data of keptLog(record, options, signal)) yield { event: 'log', data };
  yield { event: 'end', data: { state: record.state } };
}
