import type { Socket } from 'node:net';
import { malformed, type Problem, problem, problemBody } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import { createBodyReader } from './body-reader.ts';
import type { DeadlineChecks } from './check-deadlines.ts';
import type { BodyLimits, BodyReceiver, Client, Exchange } from './exchange.ts';
import { parseRequestHead, tooLarge } from './parse-request-head.ts';
import { createReplyWriter } from './write-reply.ts';

export interface ConnectionOptions {
  readonly limits: ProxyLimits;
  readonly deadlines: DeadlineChecks;
  readonly onExchange: (exchange: Exchange) => void;
  /** Once, when the connection has ended. */
  readonly onClose: () => void;
}

const headEnd = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);
const never = Number.POSITIVE_INFINITY;
const forget: BodyReceiver = { data: () => true, end: () => undefined };

/**
 * - `head`: between two requests, or reading the next one
 * - `body`: a request is not read to its end, answered or not
 * - `answer`: a request is read, and not yet answered
 * - `ending`: what still comes is read and forgotten for a while, so that the last answer is not lost
 */
type State = 'head' | 'body' | 'answer' | 'ending' | 'ended';

/**
 * Serves HTTP/1 on a connection: one exchange at a time, strict about what a request may look like.
 * @returns a function that ends the connection at once
 */
export function serveConnection(socket: Socket, options: ConnectionOptions): () => void {
  const { limits, deadlines } = options;
  const writer = createReplyWriter(socket);
  let state: State = 'head';
  let headBegun = false;
  let current: Exchange | undefined;
  /** What has come and is not yet read. */
  let pending: Buffer = nothing;
  let reading = false;
  let body = createBodyReader(0);
  let receiver: BodyReceiver | undefined;
  let bodyLimits: BodyLimits | undefined;
  let bodyBytes = 0;
  let bodyPaused = false;
  let continueOwed = false;
  let closing = false;
  let lingered = 0;
  let deadline = performance.now() + limits.keepAliveMs;
  let stalled = never;

  const watched = { check };
  const client: Client = { receiveBody, resumeBody, reply, startReply, write, finish, cut };
  deadlines.add(watched);
  socket.setNoDelay(true);
  socket.on('data', onData);
  socket.on('drain', onDrain);
  // Who sends no more has gone: a closed client looks no different.
  socket.on('end', destroy);
  socket.on('close', onClose);
  // What an error means is said by the close that follows it.
  socket.on('error', () => undefined);
  return destroy;

  function onData(data: Buffer): void {
    if (state === 'ending') {
      lingered += data.length;
      if (lingered > limits.lingerBytes) destroy();
      return;
    }
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    readPending();
  }

  // An answer may be given at once and the next request be at hand: a loop, so that many of them need no deep stack.
  function readPending(): void {
    if (reading) return;
    reading = true;
    for (let before: Buffer = nothing; pending.length > 0 && pending !== before; ) {
      before = pending;
      if (state === 'head') readHead();
      else if (state === 'body') readBody();
    }
    reading = false;
    const takesMore = state === 'head' || (receiver !== undefined && !bodyPaused);
    if (!takesMore && pending.length > limits.headBytes) socket.pause();
    else if (socket.isPaused()) socket.resume();
  }

  function readHead(): void {
    if (!headBegun) {
      headBegun = true;
      deadline = performance.now() + limits.headTimeoutMs;
    }
    const end = pending.indexOf(headEnd);
    if ((end < 0 ? pending.length : end) > limits.headBytes) {
      refuse(tooLarge(`The request line and headers are longer than ${limits.headBytes} bytes.`));
      return;
    }
    if (end < 0) return;
    const head = parseRequestHead(pending.toString('latin1', 0, end + 2), limits.headerLines);
    if ('code' in head) {
      refuse(head);
      return;
    }
    pending = pending.length === end + headEnd.length ? nothing : pending.subarray(end + headEnd.length);
    body = createBodyReader(head.body);
    state = body.done ? 'answer' : 'body';
    continueOwed = head.expectsContinue && !head.http10 && !body.done;
    closing = !head.keepAlive;
    deadline = never;
    const handlers = { onDrain: undefined, onGone: undefined, onOver: undefined };
    current = { head, client, status: 0, bytesIn: 0, bytesOut: 0, over: false, ...handlers };
    options.onExchange(current);
  }

  function readBody(): void {
    if (receiver === undefined || bodyPaused) return;
    const to = receiver;
    const taken = body.read(pending, (data) => {
      bodyBytes -= data.length;
      if (bodyBytes < 0 || state !== 'body') return;
      if (current !== undefined) current.bytesIn += data.length;
      if (!to.data(data)) bodyPaused = true;
    });
    if (state !== 'body') return;
    if (taken === undefined) {
      refuse(malformed('The body is not in chunks, as its header says.'));
      return;
    }
    if (bodyBytes < 0) {
      refuse(bodyTooLarge(bodyLimits?.bytes ?? 0));
      return;
    }
    pending = taken === pending.length ? nothing : pending.subarray(taken);
    if (!body.done) {
      if (bodyLimits?.whole === false) deadline = bodyPaused ? never : performance.now() + bodyLimits.timeoutMs;
      return;
    }
    receiver = undefined;
    bodyPaused = false;
    state = 'answer';
    deadline = never;
    to.end();
    if (current === undefined) nextRequest();
  }

  function receiveBody(exchange: Exchange, to: BodyReceiver, within: BodyLimits): void {
    if (exchange !== current) return;
    if (state !== 'body') {
      to.end();
      return;
    }
    if ((body.left ?? 0) > within.bytes) {
      refuse(bodyTooLarge(within.bytes));
      return;
    }
    if (continueOwed) socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    continueOwed = false;
    takeBody(to, within);
  }

  function takeBody(to: BodyReceiver, within: BodyLimits): void {
    receiver = to;
    bodyLimits = within;
    bodyBytes = within.bytes;
    bodyPaused = false;
    deadline = performance.now() + within.timeoutMs;
    readPending();
  }

  function resumeBody(exchange: Exchange): void {
    if (exchange !== current || !bodyPaused) return;
    bodyPaused = false;
    if (bodyLimits?.whole === false) deadline = performance.now() + bodyLimits.timeoutMs;
    readPending();
  }

  /** Whether the connection has to end with an answer that is given now. */
  function closesNow(): boolean {
    closing ||= continueOwed || (state === 'body' && (body.left ?? 0) > limits.lingerBytes);
    return closing;
  }

  function reply(exchange: Exchange, status: number, fields: string, whole: string | Buffer): void {
    if (exchange !== current || exchange.status !== 0) return;
    exchange.status = status;
    exchange.bytesOut = typeof whole === 'string' ? Buffer.byteLength(whole) : whole.length;
    noteStall(writer.whole(exchange.head, { status, fields, length: undefined, close: closesNow() }, whole));
    answered(exchange);
  }

  function startReply(exchange: Exchange, status: number, fields: string, length: number | undefined, flush: boolean) {
    if (exchange !== current || exchange.status !== 0) return;
    exchange.status = status;
    if (exchange.head.http10 && length === undefined) closing = true;
    writer.start(exchange.head, { status, fields, length, close: closesNow() });
    if (flush) writer.flush();
  }

  function write(exchange: Exchange, data: Buffer): boolean {
    if (exchange !== current) return true;
    exchange.bytesOut += data.length;
    return noteStall(writer.write(data));
  }

  function finish(exchange: Exchange): void {
    if (exchange !== current) return;
    writer.finish();
    answered(exchange);
  }

  function cut(exchange: Exchange): void {
    if (exchange === current) destroy();
  }

  function answered(exchange: Exchange): void {
    settle(exchange, true);
    if (state === 'answer') nextRequest();
    else if (state === 'body' && closing) end();
    else if (state === 'body')
      takeBody(forget, { bytes: limits.lingerBytes, timeoutMs: limits.bodyIdleMs, whole: true });
  }

  function nextRequest(): void {
    if (closing) {
      end();
      return;
    }
    state = 'head';
    headBegun = false;
    deadline = performance.now() + limits.keepAliveMs;
    if (pending.length > 0) readPending();
  }

  /** Answers what is no request, or no complete one; after it nothing can be read on this connection. */
  function refuse(refusal: Problem): void {
    const exchange = current;
    if (exchange === undefined ? state === 'body' : exchange.status !== 0) {
      destroy();
      return;
    }
    const request = exchange?.head ?? { method: 'GET', http10: false };
    const fields = `content-type: application/json\r\n${refusal.fields ?? ''}`;
    const start = { status: refusal.status, fields, length: undefined, close: true };
    writer.whole(request, start, problemBody(refusal));
    if (exchange !== undefined) {
      exchange.status = refusal.status;
      settle(exchange, false);
    }
    end();
  }

  function end(): void {
    if (state === 'ended') return;
    state = 'ending';
    receiver = undefined;
    pending = nothing;
    deadline = never;
    noteStall(socket.writableLength === 0);
    socket.resume();
    // Who is slow to take the last answer gets the time that any answer gets.
    socket.end(() => {
      stalled = never;
      deadline = performance.now() + limits.lingerMs;
    });
  }

  function settle(exchange: Exchange, complete: boolean): void {
    current = undefined;
    exchange.over = true;
    if (!complete) exchange.onGone?.();
    exchange.onOver?.(exchange, complete);
  }

  function noteStall(takesMore: boolean): boolean {
    if (!takesMore && stalled === never) stalled = performance.now() + limits.stalledMs;
    return takesMore;
  }

  function onDrain(): void {
    stalled = never;
    current?.onDrain?.();
  }

  function check(now: number): void {
    if (now < deadline && now < stalled) return;
    const awaited = state === 'head' ? headBegun : state === 'body' && current !== undefined;
    if (now >= stalled || !awaited) {
      destroy();
      return;
    }
    refuse(problem(408, 'REQUEST_TIMEOUT', 'The rest of the request did not come in time.'));
  }

  function destroy(): void {
    if (state === 'ended') return;
    state = 'ended';
    receiver = undefined;
    pending = nothing;
    socket.destroy();
    if (current !== undefined) settle(current, false);
  }

  function onClose(): void {
    destroy();
    deadlines.remove(watched);
    options.onClose();
  }
}

function bodyTooLarge(bytes: number): Problem {
  return problem(413, 'BODY_TOO_LARGE', `The body is larger than the ${bytes} bytes that this call may send.`);
}
