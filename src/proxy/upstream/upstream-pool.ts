import type { WriteGathering } from '../http/gather-writes.ts';
import type { DeadlineChecks } from '../http/time/check-deadlines.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import { openConnection, type UpstreamAddress } from './open-connection.ts';
import { createPoolShares, type PoolShare } from './pool-shares.ts';
import { type Carried, createUpstreamConnection, type UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamReceiver, UpstreamRequest } from './upstream-request.ts';

/** Kept connections to one upstream, divided among the tenants and executions that call it. */
export interface UpstreamPool {
  call(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall;
  /** Calls in progress fail. */
  close(): void;
}

interface PooledCall extends UpstreamCall, Carried {
  waitsUntil: number;
}

const safeToRepeat: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface UpstreamParts {
  readonly limits: ProxyLimits;
  readonly deadlines: DeadlineChecks;
  readonly gathering: WriteGathering;
  readonly onFault: (error: unknown) => void;
}

export function createUpstreamPool(
  address: UpstreamAddress,
  { limits, deadlines, gathering, onFault }: UpstreamParts,
): UpstreamPool {
  /** The last one used comes first, so that what is not needed grows old and goes. */
  const idle: UpstreamConnection[] = [];
  const all = new Set<UpstreamConnection>();
  const waiting = new Set<PooledCall>();
  const shares = createPoolShares(limits.upstreamConnections, limits.upstreamWaiting);
  const repeated = new WeakSet<Carried>();
  const watched = { check };

  function call(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
    const made: PooledCall = {
      request,
      receiver,
      connection: undefined,
      share: undefined,
      waitsUntil: 0,
      start: () => place(made),
      // After the answer nobody needs the rest of the request.
      write: (data) => made.connection?.write(data) ?? true,
      endBody: () => made.connection?.endBody(),
      resume: () => made.connection?.resume(),
      abort() {
        stopWaiting(made);
        made.connection?.destroy();
      },
    };
    return made;
  }

  function place(made: PooledCall): void {
    const share = shares.of(made.request);
    made.share = share;
    const free = shares.mayTake(share) ? freeConnection() : undefined;
    if (free !== undefined) {
      carry(free, made, share);
      return;
    }
    if (!shares.mayWait(share)) {
      made.receiver.onFail({ kind: 'busy' });
      return;
    }
    made.waitsUntil = performance.now() + limits.upstreamAnswerMs;
    shares.wait(share);
    waiting.add(made);
  }

  function freeConnection(): UpstreamConnection | undefined {
    return idle.pop() ?? (all.size < shares.limit() ? open() : undefined);
  }

  function carry(connection: UpstreamConnection, made: Carried, share: PoolShare): void {
    shares.take(share);
    connection.carry(made);
  }

  function stopWaiting(made: PooledCall): void {
    if (waiting.delete(made) && made.share !== undefined) shares.stopWaiting(made.share);
  }

  function open(): UpstreamConnection {
    const connection = createUpstreamConnection(openConnection(address), {
      limits,
      gathering,
      onFault,
      onFree,
      onClose,
      onRelease,
      onStale,
      readyEvent: address.tls ? 'secureConnect' : 'connect',
    });
    if (all.size === 0) deadlines.add(watched);
    all.add(connection);
    return connection;
  }

  function onFree(connection: UpstreamConnection): void {
    idle.push(connection);
    serveWaiting();
  }

  function onRelease({ share }: Carried): void {
    if (share !== undefined) shares.give(share);
  }

  function onClose(connection: UpstreamConnection): void {
    all.delete(connection);
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    serveWaiting();
    if (all.size === 0) deadlines.remove(watched);
  }

  // A server may close a kept connection in the moment in which it is used again.
  function onStale(stale: Carried): boolean {
    const { request } = stale;
    if (repeated.has(stale) || request.body !== 'none' || !safeToRepeat.has(request.method)) return false;
    repeated.add(stale);
    const share = shares.of(request);
    stale.share = share;
    carry(open(), stale, share);
    return true;
  }

  function serveWaiting(): void {
    while (waiting.size > 0) {
      const share = shares.next();
      const next = share && firstWaiting(share);
      const connection = next && freeConnection();
      if (share === undefined || next === undefined || connection === undefined) return;
      stopWaiting(next);
      carry(connection, next, share);
    }
  }

  function firstWaiting(share: PoolShare): PooledCall | undefined {
    for (const made of waiting) if (made.share === share) return made;
    return undefined;
  }

  function check(now: number): void {
    for (const connection of all) connection.check(now);
    for (const late of waiting) if (now >= late.waitsUntil) drop(late, { kind: 'timeout' });
  }

  function drop(made: PooledCall, failure: UpstreamFailure): void {
    stopWaiting(made);
    made.receiver.onFail(failure);
  }

  return {
    call,
    close() {
      for (const made of waiting) drop(made, { kind: 'closed' });
      for (const connection of all) connection.destroy({ kind: 'closed' });
    },
  };
}
