import { randomFillSync } from 'node:crypto';

/** Kinds of frames (RFC 6455). */
const kinds = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const longestControl = 125;
const size16 = 126;
const size64 = 127;

export interface FrameEvents {
  /** A piece of a message, as it arrives. `begins`: the first one. */
  readonly onContent: (piece: Buffer, begins: boolean) => void;
  /** To be returned in a pong. */
  readonly onPing: (payload: Buffer) => void;
  readonly onClose: () => void;
}

/**
 * Reads the frames of a WebSocket server from pieces of any size. A piece that was passed on may be kept.
 * @returns takes the next bytes. @throws Error when they are no frames of a server
 */
export function createFrameReader({ onContent, onPing, onClose }: FrameEvents): (bytes: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let left = 0;
  let begins = false;
  return (bytes) => {
    let rest = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (;;) {
      if (left > 0 && rest.length > 0) {
        const piece = rest.subarray(0, left);
        rest = rest.subarray(piece.length);
        left -= piece.length;
        onContent(piece, begins);
        begins = false;
        continue;
      }
      const head = left > 0 ? undefined : readHead(rest);
      if (head === undefined) break;
      const { kind, at, length } = head;
      if (kind < kinds.close) {
        begins ||= kind !== kinds.continuation;
        left = length;
        rest = rest.subarray(at);
        continue;
      }
      if (rest.length < at + length) break;
      const payload = rest.subarray(at, at + length);
      rest = rest.subarray(at + length);
      if (kind === kinds.ping) onPing(payload);
      if (kind === kinds.close) return onClose();
    }
    pending = rest;
  };
}

/** Undefined: more bytes are needed. */
function readHead(bytes: Buffer) {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const kind = first & 0x0f;
  if ((first & 0x70) !== 0 || (second & 0x80) !== 0 || (kind > kinds.binary && kind < kinds.close) || kind > kinds.pong)
    throw new Error('the server sent no frame of a WebSocket');
  const short = second & 0x7f;
  if (kind >= kinds.close && short > longestControl)
    throw new Error('the server sent a control frame that is too long');
  if (short < size16) return { kind, at: 2, length: short };
  const at = short === size16 ? 4 : 10;
  if (bytes.length < at) return undefined;
  const length = short === size16 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (!Number.isSafeInteger(length)) throw new Error('the server sent a frame that is too long');
  return { kind, at, length };
}

/** One message of a client in a frame of its own, masked as the protocol asks. */
export function encodeFrame(kind: 'binary' | 'close' | 'pong', payload: Buffer): Buffer {
  const size = payload.length < size16 ? Buffer.alloc(0) : Buffer.alloc(payload.length < 2 ** 16 ? 2 : 8);
  if (size.length === 2) size.writeUInt16BE(payload.length);
  if (size.length === 8) size.writeBigUInt64BE(BigInt(payload.length));
  const short = size.length === 0 ? payload.length : size.length === 2 ? size16 : size64;
  const mask = randomFillSync(Buffer.alloc(4));
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(0x80 | kinds[kind], 0x80 | short), size, mask, masked]);
}
