import type { Readable } from 'node:stream';

/** Reads a stream into buffers of the caller's. */
export interface ChunkReader {
  /** Fills the buffer from a position on; returns where it stopped, which is short of the buffer's end only at the end of the stream. */
  fill(buffer: Buffer, from: number): Promise<number>;
}

export function createChunkReader(stream: Readable): ChunkReader {
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = Buffer.of();
  return {
    async fill(buffer, from) {
      let position = from;
      for (;;) {
        const taken = rest.subarray(0, buffer.length - position);
        buffer.set(taken, position);
        position += taken.length;
        rest = rest.subarray(taken.length);
        if (position === buffer.length) return position;
        const { done, value } = await chunks.next();
        if (done === true) return position;
        rest = value;
      }
    },
  };
}
