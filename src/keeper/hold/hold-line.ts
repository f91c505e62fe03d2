import type { Socket } from 'node:net';
import { join } from 'node:path';
import { errnoOf } from '../../support/exec-error.ts';
import type { HoldOrder } from '../../wire/pod/pod.ts';
import { decodeHello, type Hello, type RawEvent } from './hold-events.ts';
import { encodeOrder } from './hold-order.ts';
import { type LineServer, listenOnLine } from './listen-on-line.ts';

export interface HoldLineOptions {
  /** Shared with the containers of the steps, where it is `hold`'s first argument. */
  readonly directory: string;
  /** What `hold` must know; connections with another one are closed. */
  readonly nonce: string;
  /** A `hold` connected, perhaps not for the first time. */
  readonly onHello: (hello: Hello, hold: HoldHandle) => void;
  /** Its connection has ended; it makes another one at once, unless it has ended too. */
  readonly onGone?: (step: string, hold: HoldHandle) => void;
  /**
   * An event that is not known yet; it is acknowledged once the promise resolves, and comes again after this process was
   * killed before.
   */
  readonly onEvent: (step: string, event: RawEvent) => Promise<void>;
  /** What a connection did that it must not, or why an event could not be kept. */
  readonly onTrouble: (error: unknown) => void;
  /** The number of the newest event of a step that is written down already; 0 for none. */
  readonly newestOf: (step: string) => bigint;
}

/** Writes to one `hold`; on a connection that broke nothing is written, and a new hello follows. */
export interface HoldHandle {
  order(order: HoldOrder): void;
  go(): void;
  signal(number: number): void;
  /** Wants a connection to a port on the command's loopback; it comes over `listenForCalls`, with that number (32 bits). */
  connect(port: number, number: number): void;
  quit(): void;
}

const headerBytes = 16;
/** line.h: EVENT_ROOM. */
const longestEvent = 1024 * 1024;
const helloKind = 'H';

/** Listens for the `hold` of each step. */
export async function listenForHolds(options: HoldLineOptions): Promise<LineServer> {
  const turns = new Map<string, Promise<void>>();
  return listenOnLine({
    path: join(options.directory, 'keep.sock'),
    onConnection(socket) {
      serve(socket, options, turns).catch((error: unknown) => {
        socket.destroy();
        // hold, or its container, has ended, or makes the connection again.
        if (!['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(errnoOf(error) ?? ''))
          options.onTrouble(error);
      });
    },
  });
}

/** @param turns the last event of each step, because a new connection may repeat what is still being written down */
async function serve(socket: Socket, options: HoldLineOptions, turns: Map<string, Promise<void>>): Promise<void> {
  let hello: Hello | undefined;
  for await (const { kind, number, body } of readEvents(socket)) {
    if (hello === undefined) {
      if (kind !== helloKind) throw new RangeError('a connection of hold began without a hello');
      hello = decodeHello(body);
      if (hello.nonce !== options.nonce) throw new RangeError('a connection of hold has another nonce');
      const [held, handle] = [hello.step, handleOf(socket)];
      socket.once('close', () => options.onGone?.(held, handle));
      options.onHello(hello, handle);
      continue;
    }
    const { step } = hello;
    const turn = (turns.get(step) ?? Promise.resolve()).then(() => keep(options, step, { kind, number, body }));
    turns.set(
      step,
      turn.catch(() => undefined),
    );
    await turn;
    acknowledge(socket, number);
  }
}

async function keep({ newestOf, onEvent }: HoldLineOptions, step: string, event: RawEvent): Promise<void> {
  const newest = newestOf(step);
  if (event.number > newest + 1n) throw new RangeError(`hold sent event ${event.number} after ${newest}`);
  // An older one was written down, and its acknowledgement was lost.
  if (event.number === newest + 1n) await onEvent(step, event);
}

async function* readEvents(socket: Socket): AsyncGenerator<RawEvent> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const bytes = rest.readUInt32LE(4);
      if (bytes > longestEvent) throw new RangeError(`hold sent an event of ${bytes} bytes`);
      if (rest.length < headerBytes + bytes) break;
      const body = rest.subarray(headerBytes, headerBytes + bytes);
      yield { kind: rest.toString('latin1', 0, 1), number: rest.readBigUInt64LE(8), body };
      rest = rest.subarray(headerBytes + bytes);
    }
  }
}

function acknowledge(socket: Socket, number: bigint): void {
  const body = Buffer.alloc(8);
  body.writeBigUInt64LE(number);
  send(socket, 'A', body);
}

function handleOf(socket: Socket): HoldHandle {
  return {
    order: (order) => send(socket, 'O', encodeOrder(order)),
    go: () => send(socket, 'G', Buffer.alloc(0)),
    signal(number) {
      const body = Buffer.alloc(4);
      body.writeUInt32LE(number);
      send(socket, 'S', body);
    },
    connect(port, number) {
      const body = Buffer.alloc(6);
      body.writeUInt16LE(port, 0);
      body.writeUInt32LE(number, 2);
      send(socket, 'P', body);
    },
    quit: () => send(socket, 'Q', Buffer.alloc(0)),
  };
}

function send(socket: Socket, kind: string, body: Buffer): void {
  if (socket.destroyed) return;
  const header = Buffer.alloc(8);
  header.write(kind, 'latin1');
  header.writeUInt32LE(body.length, 4);
  socket.write(Buffer.concat([header, body]));
}
