import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

const chunkBytes = 256 * 1024;

/** Reads up to `maxBytes` from the start of the file, in new buffers, even while it grows. Leaves the handle open. */
export async function* readChunks(handle: FileHandle, maxBytes: number): AsyncGenerator<Buffer, void> {
  let position = 0;
  while (position < maxBytes) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, maxBytes - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The file's first `maxBytes` as one buffer; leaves the handle open. */
export async function readWhole(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(handle, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The file's first `size` bytes, from `start` on, as a stream, which closes the handle when it ends or is destroyed. */
export function streamOf(handle: FileHandle, size: number, start = 0): Readable {
  // `end` is the last byte's position, so an empty file cannot be asked for; reading one byte of it gives none.
  const end = Math.max(size - 1, start);
  return handle.createReadStream({ start, end, highWaterMark: chunkBytes });
}
