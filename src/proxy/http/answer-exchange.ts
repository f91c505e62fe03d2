import type { Client, Exchange } from './exchange.ts';
import type { ConnectionClock } from './time/connection-clock.ts';
import type { ReplyWriter } from './write-reply.ts';

export interface AnsweringParts {
  readonly writer: ReplyWriter;
  readonly clock: ConnectionClock;
  /** Whether it is the one that is under way on the connection. */
  isCurrent(exchange: Exchange): boolean;
  /** Whether the connection has to end with an answer that is given now. @param must it has to in any case */
  closesNow(must: boolean): boolean;
  onBegun(): void;
  onAnswered(exchange: Exchange): void;
}

/** What a connection does with the answers that it is given. */
export function createAnswering(parts: AnsweringParts): Pick<Client, 'reply' | 'startReply' | 'write' | 'finish'> {
  const { writer, clock, isCurrent, closesNow } = parts;
  return {
    reply(exchange, status, fields, body) {
      if (!isCurrent(exchange) || exchange.status !== 0) return;
      exchange.status = status;
      exchange.bytesOut = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
      clock.noteTaken(
        writer.whole(exchange.head, { status, fields, length: undefined, close: closesNow(false) }, body),
      );
      parts.onAnswered(exchange);
    },
    startReply(exchange, status, fields, length, flush) {
      if (!isCurrent(exchange) || exchange.status !== 0) return;
      exchange.status = status;
      parts.onBegun();
      const close = closesNow(exchange.head.http10 && length === undefined);
      writer.start(exchange.head, { status, fields, length, close });
      if (flush) writer.flush();
    },
    write(exchange, data) {
      if (!isCurrent(exchange)) return true;
      exchange.bytesOut += data.length;
      return clock.noteTaken(writer.write(data));
    },
    finish(exchange) {
      if (!isCurrent(exchange)) return;
      writer.finish();
      parts.onAnswered(exchange);
    },
  };
}
