import { delay } from '../../support/deadline.ts';
import { destroyOnAbort } from '../../workspace/destroy-on-abort.ts';
import type { S3Connection } from './connect-s3.ts';
import { type Content, openRest } from './open-content.ts';
import { mayPass, readFailure } from './s3-failure.ts';
import type { S3Object } from './s3-object.ts';
import { backoffOf } from './with-retries.ts';

/** The bytes of an object, from its start to its end, over as many connections as it takes. */
export async function* readResuming(
  s3: S3Connection,
  object: S3Object,
  whole: Content,
  stop: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const { limits } = s3;
  let { stream } = whole;
  let position = 0;
  // A connection that brought a part's worth of bytes does not count among the failures.
  let failures = 0;
  for (let begin = 0; ; begin = position) {
    const release = destroyOnAbort(stream, stop);
    try {
      for await (const chunk of stream) {
        position += chunk.length;
        yield chunk;
      }
      if (position === whole.size) return;
      throw Object.assign(new Error(`ended after ${position} of ${whole.size} bytes`), { code: 'IncompleteBody' });
    } catch (error) {
      stop.throwIfAborted();
      failures = position - begin >= limits.partBytes ? 1 : failures + 1;
      const failure = readFailure(error);
      if (!mayPass(failure) || failures >= limits.attempts) throw s3.explain(error, { ...object, action: 'read' });
      s3.logger.warn({ ...object, position, code: failure.code }, 'object store: taking up a broken download');
    } finally {
      release();
      stream.destroy();
    }
    await delay(backoffOf(failures, limits), stop);
    ({ stream } = await openRest(s3, object, stop, { whole, from: position }));
  }
}
