import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { destroyOnAbort } from '../support/abort/destroy-on-abort.ts';
import { readChunks } from '../workspace/beneath/read-file.ts';

/** The bytes of an object that is put: a stream, or a file, which a store can read without what a stream costs. */
export type ObjectBody = Readable | FileBody;

export interface FileBody {
  /** Stays open. */
  readonly handle: FileHandle;
  /** Bytes from its start; what is added later is left out. */
  readonly size: number;
  /** Receives every byte, in order, as it is read; the memory is used again afterwards. */
  readonly onBytes: (bytes: Uint8Array) => void;
}

/** Ends a stream with the signal's reason; call the result to stop watching. A file ends by itself. */
export function endOnAbort(body: ObjectBody, signal: AbortSignal): () => void {
  return body instanceof Readable ? destroyOnAbort(body, signal) : () => undefined;
}

/** Nobody reads it any more. */
export function endBody(body: ObjectBody): void {
  if (body instanceof Readable) body.destroy();
}

export function chunksOf(body: ObjectBody): AsyncIterable<Uint8Array> {
  return body instanceof Readable ? body : fileChunks(body);
}

async function* fileChunks({ handle, size, onBytes }: FileBody): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of readChunks(handle, size)) {
    onBytes(chunk);
    yield chunk;
  }
}
