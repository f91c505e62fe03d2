import type { Socket } from 'node:net';
import { errnoOf, messageOf } from '../../support/exec-error.ts';
import { guardHandlers } from '../guard-handlers.ts';
import { type BodyReader, createBodyReader } from '../http/body/body-reader.ts';
import type { WriteGathering } from '../http/gather-writes.ts';
import { findHead } from '../http/head/find-head.ts';
import { parseResponseHead } from '../http/head/parse-response-head.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { PoolShare } from './pool-shares.ts';
import type { UpstreamFailure, UpstreamReceiver, UpstreamRequest } from './upstream-request.ts';

/** A request, and the connection that carries it as long as one does. */
export interface Carried {
  readonly request: UpstreamRequest;
  readonly receiver: UpstreamReceiver;
  share: PoolShare | undefined;
  connection: UpstreamConnection | undefined;
}

/** A connection to an upstream; it carries one request at a time. */
export interface UpstreamConnection {
  carry(call: Carried): void;
  write(data: Buffer): boolean;
  endBody(): void;
  resume(): void;
  /** The present request fails with what is given; absent: it gets no error. */
  destroy(failure?: UpstreamFailure): void;
  check(now: number): void;
}

export interface UpstreamConnectionOptions {
  readonly limits: ProxyLimits;
  readonly gathering: WriteGathering;
  /** Receives an error that the proxy did not expect; what it happened to has been ended. */
  readonly onFault: (error: unknown) => void;
  /** The request is over and the connection can carry another. */
  readonly onFree: (connection: UpstreamConnection) => void;
  readonly onClose: (connection: UpstreamConnection) => void;
  /** The request no longer uses the connection; called before `onFree` and `onClose`. */
  readonly onRelease: (call: Carried) => void;
  /**
   * A kept connection was closed before it answered anything.
   * @returns whether the request is sent again elsewhere, so that it has not failed
   */
  readonly onStale: (call: Carried) => boolean;
  /** The event that says that the socket can be used. */
  readonly readyEvent: 'connect' | 'secureConnect';
}

const nothing = Buffer.alloc(0);
const never = Number.POSITIVE_INFINITY;

export function createUpstreamConnection(socket: Socket, options: UpstreamConnectionOptions): UpstreamConnection {
  const { limits } = options;
  let call: Carried | undefined;
  let requestSent = false;
  let pending: Buffer = nothing;
  /** Set while the body of an answer is read. */
  let body: BodyReader | undefined;
  let untilClose = false;
  let keep = true;
  let keepAliveMs = limits.upstreamKeepAliveMs;
  let connected = false;
  let used = false;
  let answering = false;
  let ended = false;
  let deadline = performance.now() + limits.upstreamConnectMs;
  let reason: string | undefined;

  const guarded = guardHandlers(options.onFault, endAfterFault);
  const connection: UpstreamConnection = { carry, write, endBody, resume, destroy, check };

  socket.on(options.readyEvent, () => {
    connected = true;
    if (call !== undefined) deadline = performance.now() + limits.upstreamAnswerMs;
  });
  socket.on('data', guarded(onData));
  socket.on(
    'drain',
    guarded(() => {
      if (call === undefined) return;
      deadline = performance.now() + limits.upstreamAnswerMs;
      call.receiver.onDrain();
    }),
  );
  socket.on('end', guarded(onEnd));
  socket.on('error', (error) => {
    reason = errnoOf(error) ?? messageOf(error);
  });
  socket.on(
    'close',
    guarded(() => {
      destroy(connected ? { kind: 'closed' } : { kind: 'down', reason: reason ?? 'the connection was closed' });
    }),
  );
  return connection;

  /** A handler that failed once may fail again when it receives the error. */
  function endAfterFault(): void {
    try {
      destroy({ kind: 'invalid' });
    } catch (error) {
      options.onFault(error);
    }
  }

  function carry(next: Carried): void {
    call = next;
    next.connection = connection;
    requestSent = next.request.body === 'none';
    answering = false;
    if (connected) deadline = performance.now() + limits.upstreamAnswerMs;
    options.gathering.hold(socket);
    socket.write(next.request.head, 'latin1');
    next.receiver.onReady();
  }

  function write(data: Buffer): boolean {
    deadline = performance.now() + limits.upstreamAnswerMs;
    if (call?.request.body !== 'chunked') return socket.write(data);
    socket.cork();
    socket.write(`${data.length.toString(16)}\r\n`, 'latin1');
    socket.write(data);
    const more = socket.write('\r\n', 'latin1');
    socket.uncork();
    return more;
  }

  function endBody(): void {
    if (requestSent || call === undefined) return;
    requestSent = true;
    if (call.request.body === 'chunked') socket.write('0\r\n\r\n', 'latin1');
  }

  function onData(data: Buffer): void {
    if (call === undefined) {
      destroy();
      return;
    }
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    if (!answering) readHead();
    if (answering) readBody();
  }

  function readHead(): void {
    while (!answering && call !== undefined) {
      const found = findHead(pending, limits.upstreamHeadBytes);
      if (found === undefined) return;
      const head = found === 'too long' ? undefined : parseResponseHead(found.text, call.request.method === 'HEAD');
      if (found === 'too long' || head === undefined || head.status === 101) {
        destroy({ kind: 'invalid' });
        return;
      }
      pending = pending.subarray(found.length);
      if (head.status < 200) continue;
      answering = true;
      used = true;
      untilClose = head.body === 'until-close';
      body = head.body === 'until-close' ? undefined : createBodyReader(head.body, { lenient: true });
      keep = head.keepAlive;
      // A second less than it says, so that it does not close what is about to be used.
      keepAliveMs = Math.min(limits.upstreamKeepAliveMs, (head.keepAliveMs ?? never) - 1000);
      if (pending.length === 0) deadline = performance.now() + limits.upstreamIdleMs;
      call.receiver.onHead(head, pending.length > 0 || body?.done === true);
    }
  }

  function readBody(): void {
    if (call === undefined) return;
    const to = call;
    const data = pending;
    pending = nothing;
    if (data.length > 0) deadline = performance.now() + limits.upstreamIdleMs;
    if (body === undefined) {
      if (data.length > 0) give(to, data);
      return;
    }
    const taken = body.read(data, (piece) => give(to, piece));
    if (call !== to) return;
    if (taken === undefined) {
      destroy({ kind: 'invalid' });
      return;
    }
    if (!body.done) return;
    complete(taken === data.length);
  }

  function give(to: Carried, data: Buffer): void {
    if (call === to && !to.receiver.onData(data) && call === to) {
      // Whose client is slow is not a slow upstream.
      deadline = never;
      socket.pause();
    }
  }

  function resume(): void {
    deadline = performance.now() + limits.upstreamIdleMs;
    socket.resume();
  }

  function complete(isClean: boolean): void {
    const over = release();
    const reusable = keep && requestSent && isClean && keepAliveMs > 0;
    if (!reusable) destroy();
    else {
      deadline = performance.now() + keepAliveMs;
      if (socket.isPaused()) socket.resume();
    }
    over?.receiver.onEnd();
    if (reusable) options.onFree(connection);
  }

  function onEnd(): void {
    if (answering && untilClose && call !== undefined) {
      keep = false;
      complete(true);
    } else destroy({ kind: 'closed' });
  }

  function release(): Carried | undefined {
    const over = call;
    call = undefined;
    if (over !== undefined) {
      over.connection = undefined;
      options.onRelease(over);
    }
    return over;
  }

  function fail(failed: Carried, failure: UpstreamFailure): void {
    const isStale = failure.kind === 'closed' && used && !answering && pending.length === 0;
    if (isStale && options.onStale(failed)) return;
    failed.receiver.onFail(failure);
  }

  function destroy(failure?: UpstreamFailure): void {
    if (ended) return;
    ended = true;
    socket.destroy();
    const over = release();
    options.onClose(connection);
    if (over !== undefined && failure !== undefined) fail(over, failure);
  }

  function check(now: number): void {
    if (now >= deadline) destroy(connected ? { kind: 'timeout' } : { kind: 'connect-timeout' });
  }
}
