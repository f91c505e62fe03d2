import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, problemBody } from '../problem.ts';
import type { WriteGathering } from './gather-writes.ts';
import type { RequestHead } from './head/parse-request-head.ts';

export interface ReplyStart {
  readonly status: number;
  /** Header lines, each ending in CRLF. */
  readonly fields: string;
  /** Bytes of the body, or undefined when nobody knows. */
  readonly length: number | undefined;
  /** Say that the connection ends with this answer. */
  readonly close: boolean;
}

/** Puts answers on a connection, one after the other. */
export interface ReplyWriter {
  /** The head goes out with the first data, or with `flush`. */
  start(request: Pick<RequestHead, 'method' | 'http10'>, reply: ReplyStart): void;
  flush(): void;
  /** @returns false when the socket holds enough for now */
  write(data: Buffer): boolean;
  finish(): void;
  /** Answers what is no request, or no complete one; the connection ends with it. */
  refusal(request: Pick<RequestHead, 'method' | 'http10'>, refusal: Problem): void;
  /** @returns false as above */
  whole(request: Pick<RequestHead, 'method' | 'http10'>, reply: ReplyStart, body: string | Buffer): boolean;
}

// Below this, copying the body behind the head costs less than a second buffer for the kernel.
const joinedBytes = 8 * 1024;

export function createReplyWriter(socket: Socket, gathering: WriteGathering): ReplyWriter {
  let unsent = '';
  let framing: 'none' | 'plain' | 'chunked' = 'none';

  function headOf({ status, fields, close }: ReplyStart, framingField: string): string {
    return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields}${close ? 'connection: close\r\n' : ''}${framingField}\r\n`;
  }

  function send(before: string, data: Buffer, after: string): boolean {
    if (data.length <= joinedBytes) {
      gathering.hold(socket);
      return socket.write(before + data.toString('latin1') + after, 'latin1');
    }
    if (before === '') return socket.write(data);
    socket.cork();
    socket.write(before, 'latin1');
    let more = socket.write(data);
    if (after !== '') more = socket.write(after, 'latin1');
    socket.uncork();
    return more;
  }

  function start({ method, http10 }: Pick<RequestHead, 'method' | 'http10'>, reply: ReplyStart): void {
    const { status, length } = reply;
    const bodyless = method === 'HEAD' || status === 204 || status === 304;
    framing = bodyless ? 'none' : length === undefined && !http10 ? 'chunked' : 'plain';
    const chunked = framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : '';
    unsent = headOf(reply, framing === 'plain' && length !== undefined ? `content-length: ${length}\r\n` : chunked);
  }

  function flush(): void {
    if (unsent !== '') socket.write(unsent, 'latin1');
    unsent = '';
  }

  function whole(
    { method }: Pick<RequestHead, 'method' | 'http10'>,
    reply: ReplyStart,
    body: string | Buffer,
  ): boolean {
    const isHead = method === 'HEAD';
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const head = headOf(reply, `content-length: ${length}\r\n`);
    if (isHead) return socket.write(head, 'latin1');
    if (typeof body === 'string') {
      gathering.hold(socket);
      return socket.write(head + body);
    }
    return send(head, body, '');
  }

  return {
    start,
    flush,
    write(data) {
      const before = unsent;
      unsent = '';
      if (framing === 'none') return before === '' || socket.write(before, 'latin1');
      if (framing === 'plain') return send(before, data, '');
      return send(`${before}${data.length.toString(16)}\r\n`, data, '\r\n');
    },
    finish() {
      if (framing === 'chunked') socket.write(`${unsent}0\r\n\r\n`, 'latin1');
      else if (unsent !== '') socket.write(unsent, 'latin1');
      unsent = '';
    },
    refusal(request, refusal) {
      const fields = `content-type: application/json\r\n${refusal.fields ?? ''}`;
      whole(request, { status: refusal.status, fields, length: undefined, close: true }, problemBody(refusal));
    },
    whole,
  };
}
