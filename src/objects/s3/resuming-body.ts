import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { delay } from '../../support/deadline.ts';
import { backoffOf } from '../../support/with-retries.ts';
import type { S3Connection } from './connect-s3.ts';
import type { ContentCheck } from './content-check.ts';
import { type Content, openRest } from './open-content.ts';
import { mayPass, readFailure } from './s3-failure.ts';
import type { S3Object } from './s3-object.ts';

/** Bytes that are read ahead while whoever reads the body is busy. */
const aheadBytes = 512 * 1024;

/**
 * The bytes of an object, from its start to its end, over as many connections as it takes. Chunks are handed on by
 * events: an iteration over the connection's stream would cost as much time as all the rest.
 */
export function createResumingBody(
  s3: S3Connection,
  object: S3Object,
  whole: Content,
  check: ContentCheck | undefined,
): Readable {
  const { limits, logger } = s3;
  const stop = new AbortController();
  let { stream } = whole;
  let position = 0;

  const body = new Readable({
    highWaterMark: aheadBytes,
    read: () => void stream.resume(),
    destroy(error, callback) {
      stop.abort(error);
      stream.destroy();
      callback(error);
    },
  });

  async function receiveOne(): Promise<void> {
    stream.on('data', (chunk: Buffer) => {
      position += chunk.length;
      check?.update(chunk);
      if (!body.push(chunk)) stream.pause();
    });
    await finished(stream);
    if (position < whole.size)
      throw Object.assign(new Error(`ended after ${position} of ${whole.size} bytes`), { code: 'IncompleteBody' });
  }

  async function receiveAll(): Promise<void> {
    // A connection that brought a part's worth of bytes does not count among the failures.
    let failures = 0;
    for (let isComplete = false; !isComplete; ) {
      const begin = position;
      try {
        await receiveOne();
        isComplete = true;
      } catch (error) {
        stop.signal.throwIfAborted();
        failures = position - begin >= limits.partBytes ? 1 : failures + 1;
        const failure = readFailure(error);
        if (!mayPass(failure) || failures >= limits.attempts) throw s3.explain(error, { ...object, action: 'read' });
        logger.warn({ ...object, position, code: failure.code }, 'object store: taking up a broken download');
        await delay(backoffOf(failures, limits), stop.signal);
        ({ stream } = await openRest(s3, object, stop.signal, { whole, from: position }));
      }
    }
    const difference = check?.difference();
    if (difference !== undefined) throw s3.failure('corrupt', { ...object, action: 'read' }, difference);
    body.push(null);
  }

  receiveAll().catch((error: unknown) => body.destroy(error instanceof Error ? error : new Error(String(error))));
  return body;
}
