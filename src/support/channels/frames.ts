import { ExecError } from '../exec-error.ts';

/**
 * `open`: begins a channel, with a JSON message. `reply`: the one JSON message that answers it. `data`: bytes. `end`: no more
 * bytes. `credit`: how many more bytes the other side may send. `fail`: the channel is over, with an error as JSON.
 */
export const frameKinds = ['open', 'reply', 'data', 'end', 'credit', 'fail'] as const;

export type FrameKind = (typeof frameKinds)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly channel: number;
  readonly payload: Buffer;
}

/** Payload length, kind, channel. */
const headerBytes = 9;
/** Of a JSON message, and of a piece of data. */
export const maxPayloadBytes = 256 * 1024;

export function encodeFrame(kind: FrameKind, channel: number, payload: Uint8Array = Buffer.of()): Buffer {
  if (payload.length > maxPayloadBytes) throw broken(`a message of ${payload.length} bytes is too long`);
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt8(frameKinds.indexOf(kind), 4);
  frame.writeUInt32BE(channel, 5);
  frame.set(payload, headerBytes);
  return frame;
}

/** Cuts a byte stream into frames; holds no more than one incomplete frame and the last chunk. */
export async function* decodeFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void> {
  let rest: Buffer = Buffer.of();
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (;;) {
      const frame = frameIn(rest);
      if (frame === undefined) break;
      rest = rest.subarray(headerBytes + frame.payload.length);
      yield frame;
    }
  }
  if (rest.length > 0) throw broken('it ended within a message');
}

function frameIn(bytes: Buffer): Frame | undefined {
  if (bytes.length < headerBytes) return undefined;
  const length = bytes.readUInt32BE(0);
  const kind = frameKinds[bytes.readUInt8(4)];
  if (kind === undefined) throw broken(`there is no message of kind ${bytes.readUInt8(4)}`);
  if (length > maxPayloadBytes) throw broken(`a message of ${length} bytes is too long`);
  if (bytes.length < headerBytes + length) return undefined;
  return { kind, channel: bytes.readUInt32BE(5), payload: bytes.subarray(headerBytes, headerBytes + length) };
}

/** The other side does not keep to the protocol, or is gone. */
export function broken(reason: string): ExecError {
  return new ExecError('RUNTIME_UNAVAILABLE', `The connection to the program beside the data failed: ${reason}.`, {
    context: { connectionBroken: true },
  });
}

/** Whether the work failed because of its connection alone. */
export function isBroken(error: unknown): boolean {
  return error instanceof ExecError && error.context.connectionBroken === true;
}
