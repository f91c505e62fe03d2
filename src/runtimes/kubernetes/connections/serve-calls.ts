import type { Socket } from 'node:net';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { delay } from '../../../support/time/deadline.ts';
import { deferred } from '../../../support/time/deferred.ts';
import { backoffOf } from '../../../support/time/with-retries.ts';
import { callBegins } from '../../../wire/pod/pod.ts';

export interface ServeCallsOptions {
  /** Opens a connection to `/carrier` of the pod. */
  readonly dial: (signal: AbortSignal) => Promise<Socket>;
  /** Receives each connection that the command opens to the service port. */
  readonly onConnection: (socket: Socket) => void;
  /** A connection could not be opened; it is tried again after a while. */
  readonly onTrouble: (error: unknown) => void;
}

export interface ServedCalls {
  /** Resolves once a call would be received. */
  readonly ready: Promise<void>;
  /** No further connections are received; those that were are their owner's. */
  close(): void;
}

/** Connections that wait for a call, so that a call waits for no handshake. */
const lanes = 2;
const waits = { backoffMs: 100, backoffMaxMs: 5_000 };

/** Serves the calls of a pod's command to services until it is closed. */
export function serveCalls(options: ServeCallsOptions): ServedCalls {
  const closing = new AbortController();
  const ready = deferred();
  for (let lane = 0; lane < lanes; lane += 1) void keepReady(options, ready.resolve, closing.signal);
  return { ready: ready.promise, close: () => closing.abort() };
}

/** Keeps one connection ready, always. */
async function keepReady(
  { dial, onConnection, onTrouble }: ServeCallsOptions,
  onReady: () => void,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const socket = await dial(signal);
      onReady();
      if (await waitForCall(socket, signal)) {
        failures = 0;
        onConnection(socket);
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
    }
    failures += 1;
    await delay(backoffOf(failures, waits), signal).catch(() => undefined);
  }
}

/** True once a call begins; false when the connection ended before. */
function waitForCall(socket: Socket, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const destroy = () => void socket.destroy();
    // The end of TLS reaches the pod at once, also where the connection is forwarded and is closed only a while later.
    const release = onAbort(signal, () => void socket.end(destroy));
    const gone = () => {
      release();
      resolve(false);
    };
    const onReadable = () => {
      const byte: Buffer | null = socket.read(1);
      if (byte === null) return;
      if (byte.toString() !== callBegins) return destroy();
      socket.off('readable', onReadable).off('end', destroy).off('close', gone);
      release();
      // Behind the listener's removal, which takes effect in the next tick, the socket flows for anyone who attaches.
      process.nextTick(() => resolve(true));
    };
    socket.on('readable', onReadable).once('end', destroy).once('close', gone);
  });
}
