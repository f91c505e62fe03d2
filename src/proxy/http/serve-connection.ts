import type { Socket } from 'node:net';
import { guardHandlers } from '../guard-handlers.ts';
import { type Problem, problem } from '../problem.ts';
import { createAnswering } from './answer-exchange.ts';
import { bodyTooLarge, createBodyTaking } from './body/take-body.ts';
import type { ConnectionOptions, ConnectionState } from './connection-options.ts';
import { type BodyLimits, type BodyReceiver, type Client, createExchange, type Exchange } from './exchange.ts';
import { takeHead } from './head/take-head.ts';
import { createIncoming } from './incoming.ts';
import { createLingering } from './linger.ts';
import { createConnectionClock } from './time/connection-clock.ts';
import { createReplyWriter } from './write-reply.ts';

const forget: BodyReceiver = { data: () => true, end: () => undefined };

/**
 * Serves HTTP/1 on a connection: one exchange at a time, strict about what a request may look like.
 * @returns a function that ends the connection at once
 */
export function serveConnection(socket: Socket, options: ConnectionOptions): () => void {
  const { limits, deadlines } = options;
  const writer = createReplyWriter(socket, options.gathering);
  const clock = createConnectionClock(limits.stalledMs);
  const body = createBodyTaking(clock);
  const lingering = createLingering(socket, clock, limits);
  let state: ConnectionState = 'head';
  let headBegun = false;
  let current: Exchange | undefined;
  const incoming = createIncoming();
  /** Nothing more will come than what is incoming. */
  let isEnd = false;
  let continueOwed = false;
  let closing = false;

  const guarded = guardHandlers(options.onFault, endAfterFault);
  const watched = { check: guarded(check) };
  const isCurrent = (exchange: Exchange) => exchange === current;
  const answering = createAnswering({ writer, clock, isCurrent, closesNow, onBegun, onAnswered });
  const client: Client = { receiveBody, resumeBody, cut, ...answering };
  deadlines.add(watched);
  clock.expectWithin(limits.keepAliveMs);
  // Who has sent a request and sends no more may still read the answer.
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  socket.on('data', guarded(onData));
  socket.on('drain', guarded(onDrain));
  socket.on('end', guarded(onEnd));
  socket.on('close', guarded(onClose));
  // What an error means is said by the close that follows it.
  socket.on('error', () => undefined);
  return destroy;

  function endAfterFault(): void {
    if (current === undefined || current.status !== 0) destroy();
    else refuse(problem(500, 'INTERNAL', 'The service proxy failed. The log of the agent says why.'));
  }

  function onData(data: Buffer): void {
    if (state === 'ending') {
      if (!lingering.forget(data.length)) destroy();
      return;
    }
    incoming.add(data);
    readPending();
  }

  function readPending(): void {
    if (!incoming.readAll(readNext)) return;
    const takesMore = state === 'head' || body.isWanted;
    // More is needed, and there is no more.
    if (takesMore && isEnd && current === undefined) end();
    else if (takesMore && isEnd) destroy();
    else if (!takesMore && incoming.bytes.length > limits.headBytes) socket.pause();
    else if (socket.isPaused()) socket.resume();
  }

  function readNext(): void {
    if (state === 'head') readHead();
    else if (state === 'body') readBody();
  }

  function onEnd(): void {
    if (state === 'ending') return;
    isEnd = true;
    // A client that has closed looks no different: who ends in the midst of an answer has gone.
    if (state === 'answer' && current?.status !== 0) destroy();
    else if (state === 'answer') awaitAnswer();
    else readPending();
  }

  function awaitAnswer(): void {
    state = 'answer';
    clock.expectWithin(isEnd ? limits.halfClosedMs : undefined);
  }

  function readHead(): void {
    const taken = takeHead(incoming.bytes, limits);
    if (taken === undefined) {
      if (!headBegun) clock.expectWithin(limits.headTimeoutMs);
      headBegun = true;
      return;
    }
    if ('code' in taken) {
      refuse(taken);
      return;
    }
    const { head, length } = taken;
    incoming.skip(length);
    body.begin(head.body);
    if (body.done) awaitAnswer();
    else {
      state = 'body';
      clock.expectWithin(undefined);
    }
    continueOwed = head.expectsContinue && !head.http10 && !body.done;
    closing = !head.keepAlive;
    current = createExchange(head, client);
    options.onExchange(current);
  }

  function readBody(): void {
    const taken = body.take(incoming.bytes, (bytes) => {
      if (current !== undefined) current.bytesIn += bytes;
    });
    if (taken === undefined) return;
    if (typeof taken !== 'number') {
      refuse(taken);
      return;
    }
    incoming.skip(taken);
    if (!body.done) return;
    awaitAnswer();
    body.finish();
    if (current === undefined) nextRequest();
  }

  function receiveBody(exchange: Exchange, to: BodyReceiver, within: BodyLimits): void {
    if (exchange !== current) return;
    if (state !== 'body') {
      to.end();
      return;
    }
    if (body.isLongerThan(within.bytes)) {
      refuse(bodyTooLarge(within.bytes));
      return;
    }
    if (continueOwed) socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    continueOwed = false;
    takeBody(to, within);
  }

  function takeBody(to: BodyReceiver, within: BodyLimits): void {
    body.give(to, within);
    readPending();
  }

  function resumeBody(exchange: Exchange): void {
    if (exchange === current && body.resume()) readPending();
  }

  function closesNow(must: boolean): boolean {
    closing ||= must || continueOwed || (state === 'body' && body.isLongerThan(limits.lingerBytes));
    return closing;
  }

  // A peer that has gone resets the connection as soon as something is written to it.
  function onBegun(): void {
    if (isEnd && state === 'answer') clock.expectWithin(undefined);
  }

  function cut(exchange: Exchange): void {
    if (exchange === current) destroy();
  }

  function onAnswered(exchange: Exchange): void {
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
    clock.expectWithin(limits.keepAliveMs);
    if (incoming.bytes.length > 0 || isEnd) readPending();
  }

  /** Answers what is no request, or no complete one; after it nothing can be read on this connection. */
  function refuse(refusal: Problem): void {
    const exchange = current;
    if (exchange === undefined ? state === 'body' : exchange.status !== 0) {
      destroy();
      return;
    }
    writer.refusal(exchange?.head ?? { method: 'GET', http10: false }, refusal);
    if (exchange !== undefined) {
      exchange.status = refusal.status;
      settle(exchange, false);
    }
    end();
  }

  function end(): void {
    if (state === 'ended') return;
    state = 'ending';
    body.drop();
    incoming.drop();
    lingering.begin();
  }

  function settle(exchange: Exchange, complete: boolean): void {
    current = undefined;
    exchange.over = true;
    if (!complete) exchange.onGone?.();
    exchange.onOver?.(exchange, complete);
  }

  function onDrain(): void {
    clock.noteDrained();
    current?.onDrain?.();
  }

  function check(now: number): void {
    const lateness = clock.lateness(now);
    if (lateness === undefined) return;
    const awaited = state === 'head' ? headBegun : state === 'body' && current !== undefined;
    if (lateness === 'stalled' || !awaited) {
      destroy();
      return;
    }
    refuse(problem(408, 'REQUEST_TIMEOUT', 'The rest of the request did not come in time.'));
  }

  function destroy(): void {
    if (state === 'ended') return;
    state = 'ended';
    body.drop();
    incoming.drop();
    socket.destroy();
    if (current !== undefined) settle(current, false);
  }

  function onClose(): void {
    destroy();
    deadlines.remove(watched);
    options.onClose();
  }
}
