import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { readChunks } from '../../workspace/beneath/read-file.ts';

export interface HashedFile {
  readonly body: Readable;
  /** How much of it was read so far. */
  readBytes(): number;
  /** Of what was read; to be asked once, at the end. */
  sha256(): string;
}

/** Number of chunks to read ahead of the consumer. */
const aheadChunks = 4;

/** The file's first `size` bytes as a stream that leaves the handle open, and their checksum. */
export function hashFile(handle: FileHandle, size: number): HashedFile {
  const hash = createHash('sha256');
  let read = 0;
  const chunks = async function* () {
    for await (const chunk of readChunks(handle, size)) {
      hash.update(chunk);
      read += chunk.length;
      yield chunk;
    }
  };
  return {
    body: Readable.from(chunks(), { objectMode: true, highWaterMark: aheadChunks }),
    readBytes: () => read,
    sha256: () => hash.digest('hex'),
  };
}
