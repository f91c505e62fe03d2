import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Download, receiveObject } from './receive-object.ts';

/** Bytes to read ahead while the consumer of the body is busy. */
const aheadBytes = 512 * 1024;

/**
 * The bytes of an object as a stream. Chunks are handed on by events: an iteration over the connection's stream would
 * cost as much time as all the rest.
 */
export function createResumingBody(download: Download): Readable {
  const stop = new AbortController();
  let { stream } = download.whole;
  let isBegun = false;

  const body = new Readable({
    highWaterMark: aheadBytes,
    read() {
      if (isBegun) stream.resume();
      else begin();
    },
    destroy(error, callback) {
      stop.abort(error);
      stream.destroy();
      callback(error);
    },
  });

  function begin(): void {
    isBegun = true;
    receiveObject(download, stop.signal, async (connection, _left, seen) => {
      stream = connection;
      stream.on('data', (chunk: Buffer) => {
        seen(chunk);
        if (!body.push(chunk)) stream.pause();
      });
      await finished(stream);
    }).then(
      () => body.push(null),
      (error: unknown) => body.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  return body;
}
