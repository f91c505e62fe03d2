import { Readable } from 'node:stream';
import type { ByteRange } from './byte-range.ts';

/** Those bytes of a stream alone; what comes after them is not read any more. */
export function sliceBytes(body: Readable, range: ByteRange): Readable {
  return Readable.from(slicesOf(body, range), { objectMode: false });
}

async function* slicesOf(body: Readable, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of body) {
    const chunk = Buffer.from(piece);
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.length, end + 1 - at);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.length;
    if (at > end) return;
  }
}
