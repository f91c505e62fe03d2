import { ExecError } from '../../../support/exec-error.ts';
import { logFault } from './log-fault.ts';

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly payload: Buffer;
}

const headerBytes = 8;
const stdoutMark = 1;
const stderrMark = 2;
/** The engine's own errors, such as a log file that it cannot read. */
const engineMark = 3;

/**
 * Reads the frames of a multiplexed stream: a stream id, three zero bytes, the length of the payload in 32 bits, the payload.
 * Containers without a terminal always use this form, even if the engine sends another content type. Yields the frames
 * that each read completes, so that a slow reader slows the engine down.
 * @throws ExecError INTERNAL for bytes that are no such frame; RUNTIME_UNAVAILABLE with the engine's words when it reports an error
 */
export async function* demultiplex(
  source: AsyncIterable<Uint8Array>,
  maxPayloadBytes: number,
): AsyncGenerator<readonly Frame[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const frames: Frame[] = [];
    let offset = 0;
    while (rest.length - offset >= headerBytes) {
      const stream = streamOf(rest, offset);
      const length = rest.readUInt32BE(offset + 4);
      if (length > maxPayloadBytes) throw unreadable(`a message of ${length} bytes`);
      const end = offset + headerBytes + length;
      if (end > rest.length) break;
      if (stream === 'engine') {
        if (frames.length > 0) yield frames;
        throw reported(rest.subarray(offset + headerBytes, end));
      }
      frames.push({ stream, payload: rest.subarray(offset + headerBytes, end) });
      offset = end;
    }
    rest = rest.subarray(offset);
    if (frames.length > 0) yield frames;
  }
}

function streamOf(bytes: Buffer, offset: number): Frame['stream'] | 'engine' {
  const mark = bytes[offset];
  if (mark === stdoutMark) return 'stdout';
  if (mark === stderrMark) return 'stderr';
  if (mark === engineMark) return 'engine';
  throw unreadable(`a stream marked ${mark}`);
}

const shownBytes = 1000;

function reported(payload: Buffer): ExecError {
  return logFault(payload.subarray(0, shownBytes).toString().trim());
}

function unreadable(what: string): ExecError {
  return new ExecError('INTERNAL', `The Docker Engine sent ${what} among the logs, which cannot be understood`);
}
