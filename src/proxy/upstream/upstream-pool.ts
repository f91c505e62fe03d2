import type { DeadlineChecks } from '../http/check-deadlines.ts';
import type { WriteGathering } from '../http/gather-writes.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import { openConnection, type UpstreamAddress } from './open-connection.ts';
import { type Carried, createUpstreamConnection, type UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamReceiver, UpstreamRequest } from './upstream-request.ts';

/** Kept connections to one upstream. */
export interface UpstreamPool {
  call(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall;
  /** Whatever is under way fails. */
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
  const repeated = new WeakSet<Carried>();
  const watched = { check };

  function call(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
    const made: PooledCall = {
      request,
      receiver,
      connection: undefined,
      waitsUntil: 0,
      start: () => place(made),
      // After the answer nobody needs the rest of the request.
      write: (data) => made.connection?.write(data) ?? true,
      endBody: () => made.connection?.endBody(),
      resume: () => made.connection?.resume(),
      abort() {
        waiting.delete(made);
        made.connection?.destroy();
      },
    };
    return made;
  }

  function place(made: PooledCall): void {
    const free = idle.pop() ?? (all.size < limits.upstreamConnections ? open() : undefined);
    if (free !== undefined) {
      free.carry(made);
      return;
    }
    if (waiting.size >= limits.upstreamWaiting) {
      made.receiver.onFail({ kind: 'busy' });
      return;
    }
    made.waitsUntil = performance.now() + limits.upstreamAnswerMs;
    waiting.add(made);
  }

  function open(): UpstreamConnection {
    const connection = createUpstreamConnection(openConnection(address), {
      limits,
      gathering,
      onFault,
      onFree,
      onClose,
      onStale,
      readyEvent: address.tls ? 'secureConnect' : 'connect',
    });
    if (all.size === 0) deadlines.add(watched);
    all.add(connection);
    return connection;
  }

  function onFree(connection: UpstreamConnection): void {
    const next = takeWaiting();
    if (next === undefined) idle.push(connection);
    else connection.carry(next);
  }

  function onClose(connection: UpstreamConnection): void {
    all.delete(connection);
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    const next = takeWaiting();
    if (next !== undefined) open().carry(next);
    if (all.size === 0) deadlines.remove(watched);
  }

  // A server may close a kept connection in the moment in which it is used again.
  function onStale(stale: Carried): boolean {
    const { request } = stale;
    if (repeated.has(stale) || request.body !== 'none' || !safeToRepeat.has(request.method)) return false;
    repeated.add(stale);
    open().carry(stale);
    return true;
  }

  function takeWaiting(): PooledCall | undefined {
    const [next] = waiting;
    if (next !== undefined) waiting.delete(next);
    return next;
  }

  function check(now: number): void {
    for (const connection of all) connection.check(now);
    for (const late of waiting) if (now >= late.waitsUntil) drop(late, { kind: 'timeout' });
  }

  function drop(made: PooledCall, failure: UpstreamFailure): void {
    waiting.delete(made);
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
