import type { LogChunk } from '../../../runtimes/runtime.ts';
import type { Mask } from '../../../support/text/mask.ts';

/** Masks every secret in the log, also one that a container writes in pieces. */
export async function* maskedLogs(chunks: AsyncIterable<LogChunk>, mask: Mask): AsyncGenerator<LogChunk, void> {
  const streams = { stdout: mask.stream(), stderr: mask.stream() };
  const last = new Map<LogChunk['stream'], LogChunk>();
  let failure: { readonly reason: unknown } | undefined;
  try {
    for await (const chunk of chunks) {
      const { buffer, byteOffset, byteLength } = chunk.data;
      const data = streams[chunk.stream].push(Buffer.from(buffer, byteOffset, byteLength));
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
