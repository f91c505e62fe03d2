import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface ServerSentEvent {
  readonly event?: string;
  /** A client that comes again says which was the last that it has seen. */
  readonly id?: string;
  /** Absent: only the position is sent. */
  readonly data?: unknown;
}

/**
 * Sends events as they come until there are no more or the client has left; a client that reads slowly is waited for.
 * @param heartbeatMs how often the client hears something in any case
 */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
  { heartbeatMs }: { readonly heartbeatMs: number },
): FastifyReply {
  const stream = Readable.from(textOf(events), { objectMode: false, highWaterMark: 64 * 1024 });
  const heartbeat = setInterval(() => {
    // Behind what the client has not read yet there is no need of it.
    if (reply.raw.writableLength === 0) reply.raw.write(':\n\n');
  }, heartbeatMs);
  stream.once('close', () => clearInterval(heartbeat));
  return reply
    .headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(stream);
}

/** Sends what comes until there is no more. */
export function sendText(reply: FastifyReply, pieces: AsyncIterable<string>): FastifyReply {
  return reply.send(Readable.from(pieces, { objectMode: false }));
}

async function* textOf(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<string> {
  // The headers go out with the first bytes, and the client knows that it is heard.
  yield ':\n\n';
  for await (const { event, id, data } of events) {
    const lines = [...(event === undefined ? [] : [`event: ${event}`]), ...(id === undefined ? [] : [`id: ${id}`])];
    if (data !== undefined) lines.push(`data: ${JSON.stringify(data)}`);
    yield `${lines.join('\n')}\n\n`;
  }
}
