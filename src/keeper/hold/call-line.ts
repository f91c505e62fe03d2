import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type LineServer, listenOnLine } from './listen-on-line.ts';

/** A connection that `hold` passes on; line.h has the form of its beginning. */
export type HoldCall =
  /** The command of a step has connected to the service port. */
  | { readonly kind: 'call'; readonly step: string; readonly connection: Duplex }
  /** The connection to a port of the command that was wanted under this number. */
  | { readonly kind: 'connected'; readonly number: number; readonly connection: Duplex }
  /** Nothing listens on that port. */
  | { readonly kind: 'refused'; readonly number: number };

export interface CallLineOptions {
  /** Shared with the containers of the steps, where it is `hold`'s first argument. */
  readonly directory: string;
  /** What `hold` must know; connections with another one are closed. */
  readonly nonce: string;
  /** Must attach to the connection at once: it flows from then on. */
  readonly onCall: (call: HoldCall) => void;
  /** What a connection did that it must not. */
  readonly onTrouble: (error: unknown) => void;
}

const headerBytes = 16;
/** A step's name, a NUL and a nonce. */
const longestProof = 4096;

/** Listens for the connections that the `hold` of each step passes on. */
export async function listenForCalls(options: CallLineOptions): Promise<LineServer> {
  return listenOnLine({
    path: join(options.directory, 'call.sock'),
    allowHalfOpen: true,
    onConnection: (socket) => readBeginning(socket, options),
  });
}

interface Header {
  readonly kind: string;
  readonly bytes: number;
  readonly number: number;
}

/** Reads the header and the proof, and leaves what follows in the socket. */
function readBeginning(socket: Socket, options: CallLineOptions): void {
  let header: Header | undefined;
  const destroy = () => void socket.destroy();
  const onReadable = () => {
    try {
      header ??= takeHeader(socket);
      const proof: Buffer | null = header === undefined ? null : socket.read(header.bytes);
      if (header === undefined || proof === null) return;
      socket.off('readable', onReadable).off('end', destroy);
      const call = callOf(socket, header, proof, options.nonce);
      if (call.kind === 'refused') socket.destroy();
      // Behind the listener's removal, which takes effect in the next tick, the socket flows for anyone who attaches.
      process.nextTick(() => options.onCall(call));
    } catch (error) {
      socket.destroy();
      options.onTrouble(error);
    }
  };
  socket.on('readable', onReadable).once('end', destroy);
}

function takeHeader(socket: Socket): Header | undefined {
  const read: Buffer | null = socket.read(headerBytes);
  if (read === null) return undefined;
  if (read.length < headerBytes) throw new RangeError('a call of hold ended within its header');
  const bytes = read.readUInt32LE(4);
  if (bytes === 0 || bytes > longestProof) throw new RangeError(`a call of hold begins with ${bytes} bytes`);
  return { kind: read.toString('latin1', 0, 1), bytes, number: Number(read.readBigUInt64LE(8)) };
}

function callOf(connection: Duplex, { kind, number }: Header, proof: Buffer, nonce: string): HoldCall {
  const [step = '', given] = proof.toString().split('\0');
  if (given !== nonce) throw new RangeError('a call of hold has another nonce');
  switch (kind) {
    case 'C':
      return { kind: 'call', step, connection };
    case 'P':
      return { kind: 'connected', number, connection };
    case 'N':
      return { kind: 'refused', number };
    default:
      throw new RangeError(`hold passed on a call of the unknown kind ${JSON.stringify(kind)}`);
  }
}
