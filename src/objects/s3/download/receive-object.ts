import type { IncomingMessage } from 'node:http';
import { delay } from '../../../support/time/deadline.ts';
import { backoffOf } from '../../../support/time/with-retries.ts';
import type { S3Connection } from '../connect-s3.ts';
import type { ContentCheck } from '../content-check.ts';
import { mayPass, readFailure } from '../failures/s3-failure.ts';
import type { S3Object } from '../s3-object.ts';
import { type Content, openRest } from './open-content.ts';

export interface Download {
  readonly s3: S3Connection;
  readonly object: S3Object;
  readonly whole: Content;
  readonly check: ContentCheck | undefined;
  /** The byte of the object that the stream begins with. Default: 0. */
  readonly from?: number;
}

/**
 * Brings what one connection has, until it ends or breaks.
 * @param left bytes that are still to come
 * @param seen receives every byte, in order
 */
export type Receive = (stream: IncomingMessage, left: number, seen: (bytes: Buffer) => void) => Promise<void>;

/**
 * Receives an object to its end, over as many connections as it takes, and compares it with the store's
 * checksum.
 * @throws ExecError, or the signal's reason
 */
export async function receiveObject(
  { s3, object, whole, check, from = 0 }: Download,
  signal: AbortSignal,
  receive: Receive,
): Promise<void> {
  const { limits, logger } = s3;
  const request = { ...object, action: 'read' } as const;
  let { stream } = whole;
  let position = from;
  const seen = (bytes: Buffer) => {
    position += bytes.length;
    check?.update(bytes);
  };
  // A connection that brought a part's worth of bytes does not count among the failures.
  let failures = 0;
  for (let isComplete = false; !isComplete; ) {
    const begin = position;
    try {
      signal.throwIfAborted();
      await receive(stream, whole.size - position, seen);
      if (position < whole.size)
        throw Object.assign(new Error(`ended after ${position} of ${whole.size} bytes`), { code: 'IncompleteBody' });
      isComplete = true;
    } catch (error) {
      signal.throwIfAborted();
      failures = position - begin >= limits.partBytes ? 1 : failures + 1;
      const failure = readFailure(error);
      if (!mayPass(failure) || failures >= limits.attempts) throw s3.explain(error, request);
      logger.warn({ ...object, position, code: failure.code }, 'object store: taking up a broken download');
      await delay(backoffOf(failures, limits), signal);
      ({ stream } = await openRest(s3, object, signal, { whole, from: position }));
    }
  }
  const difference = check?.difference();
  if (difference !== undefined) throw s3.failure('corrupt', request, difference);
}
