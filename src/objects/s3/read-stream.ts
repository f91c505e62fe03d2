import { Readable } from 'node:stream';

/** Read while the consumer is still busy with what came before; it then gets all of that as one chunk. */
const aheadBytes = 1024 ** 2;

/**
 * A stream of what the generator yields. Unlike `Readable.from` it ends at once when it is destroyed, also while the
 * generator waits for data: the generator's signal is aborted.
 */
export function createReadStream(chunksOf: (signal: AbortSignal) => AsyncGenerator<Buffer, void>): Readable {
  const controller = new AbortController();
  const chunks = chunksOf(controller.signal);
  return new Readable({
    highWaterMark: aheadBytes,
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, callback) {
      controller.abort(error);
      // The generator's end is its own affair: what it throws now was caused by the abort.
      chunks.return().catch(() => undefined);
      callback(error);
    },
  });
}
