import type { LogChunk } from '../../../runtimes/runtime.ts';
import type { Mask, MaskStream } from '../../../support/text/mask.ts';
import { nextTurn } from '../../../support/time/next-turn.ts';

/** Masks every secret in the log, also one that a container writes in pieces. */
export async function* maskedLogs(chunks: AsyncIterable<LogChunk>, mask: Mask): AsyncGenerator<LogChunk, void> {
  const streams = { stdout: mask.stream(), stderr: mask.stream() };
  const last = new Map<LogChunk['stream'], LogChunk>();
  let failure: { readonly reason: unknown } | undefined;
  try {
    for await (const chunk of chunks) {
      const { buffer, byteOffset, byteLength } = chunk.data;
      const data = await pushInTurns(streams[chunk.stream], Buffer.from(buffer, byteOffset, byteLength));
      last.set(chunk.stream, chunk);
      if (data.length > 0) yield { ...chunk, data };
    }
  } catch (reason) {
    failure = { reason };
  }
  // What was held back was written, also when nothing can be read after it.
  for (const [stream, chunk] of last) {
    const data = streams[stream].end();
    if (data.length > 0) yield { ...chunk, data };
  }
  if (failure !== undefined) throw failure.reason;
}

// Each of the values is searched for in it, and there may be many.
const slice = 16 * 1024;

/** Others run while values are searched for in many bytes. */
async function pushInTurns(stream: MaskStream, bytes: Buffer): Promise<Buffer> {
  if (bytes.length <= slice) return stream.push(bytes);
  const masked: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += slice) {
    masked.push(stream.push(bytes.subarray(from, from + slice)));
    if (from + slice < bytes.length) await nextTurn();
  }
  return Buffer.concat(masked);
}
