import { createChunkDecoder } from './decode-chunks.ts';

/** Finds where a body ends. */
export interface BodyReader {
  readonly done: boolean;
  /** How much is still to come, where that is known. */
  readonly left: number | undefined;
  /** @returns how many of the bytes belong to the body, or undefined when it is broken */
  read(bytes: Buffer, onData: (data: Buffer) => void): number | undefined;
}

const none: BodyReader = { done: true, left: 0, read: () => 0 };

/** @param body its length in bytes, or `chunked` */
export function createBodyReader(body: number | 'chunked', { lenient } = { lenient: false }): BodyReader {
  if (body === 0) return none;
  return body === 'chunked' ? createChunkReader(lenient) : createLengthReader(body);
}

function createLengthReader(length: number): BodyReader {
  const reader = { done: false, left: length, read };
  function read(bytes: Buffer, onData: (data: Buffer) => void): number {
    const data = bytes.length <= reader.left ? bytes : bytes.subarray(0, reader.left);
    reader.left -= data.length;
    reader.done = reader.left === 0;
    if (data.length > 0) onData(data);
    return data.length;
  }
  return reader;
}

function createChunkReader(lenient: boolean): BodyReader {
  const decoder = createChunkDecoder({ lenient });
  const reader = { done: false, left: undefined, read };
  function read(bytes: Buffer, onData: (data: Buffer) => void): number | undefined {
    const taken = decoder.decode(bytes, onData);
    reader.done = decoder.done;
    return taken;
  }
  return reader;
}
