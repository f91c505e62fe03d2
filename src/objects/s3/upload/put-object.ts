import { followAbort } from '../../../support/abort/follow-abort.ts';
import { endBody, endOnAbort, type ObjectBody } from '../../object-body.ts';
import type { ObjectInfo } from '../../object-store.ts';
import type { S3Connection } from '../connect-s3.ts';
import type { S3Object } from '../s3-object.ts';
import { createAbandonedUploads } from './abandoned-uploads.ts';
import { createChunkReader, emptyPart, isFull } from './chunk-reader.ts';
import { createPartBuffers } from './part-buffers.ts';
import { putParts } from './put-parts.ts';
import { putWhole } from './put-whole.ts';

/** Puts one object; the bytes may be any number, which nobody has to know before. */
export type PutObject = (object: S3Object, body: ObjectBody, signal: AbortSignal) => Promise<ObjectInfo>;

/** Bytes up to which an upload takes no part's buffer. */
const smallBytes = 64 * 1024;

/** One request for what fits into a part, else an upload in parts. All puts together hold a bounded number of parts. */
export function createPutObject(s3: S3Connection): PutObject {
  const buffers = createPartBuffers({ count: s3.limits.partsInMemory, bytes: s3.limits.partBytes });
  const abandoned = createAbandonedUploads(s3);

  async function put(object: S3Object, body: ObjectBody, abort: AbortController): Promise<number> {
    const { signal } = abort;
    const reader = createChunkReader(body);
    const small = await reader.fill(emptyPart(Buffer.allocUnsafe(smallBytes)));
    if (!isFull(small)) return putWhole(s3, object, small, signal);
    const buffer = await buffers.take(signal);
    let isOurs = true;
    try {
      small.buffer.copy(buffer);
      const first = await reader.fill({ ...small, buffer });
      if (!isFull(first)) return await putWhole(s3, object, first, signal);
      isOurs = false;
      return await putParts({ s3, object, reader, buffers, abandoned, abort }, first);
    } finally {
      if (isOurs) buffers.give(buffer);
    }
  }

  return async (object, body, signal) => {
    const abort = new AbortController();
    const releaseSignal = followAbort(abort, signal);
    const releaseBody = endOnAbort(body, abort.signal);
    try {
      signal.throwIfAborted();
      const size = await put(object, body, abort);
      // The store is there again, for what failed while it was not.
      await abandoned.remove();
      return { name: object.name, size };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      releaseSignal();
      releaseBody();
      endBody(body);
    }
  };
}
