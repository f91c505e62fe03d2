import { destroyOnAbort } from '../../workspace/destroy-on-abort.ts';
import type { OpenedObject } from '../object-store.ts';
import type { S3Connection } from './connect-s3.ts';
import { createContentCheck } from './content-check.ts';
import { openContent } from './open-content.ts';
import { readResuming } from './read-resuming.ts';
import { createReadStream } from './read-stream.ts';
import type { S3Object } from './s3-object.ts';

/**
 * Opens an object. Its body is taken up again where a connection breaks, and fails with an ExecError when the object
 * is replaced meanwhile, the store stays away, or the bytes are not those that the store has a checksum of.
 */
export async function getObject(s3: S3Connection, object: S3Object, signal: AbortSignal): Promise<OpenedObject> {
  const content = await openContent(s3, object, signal);
  const check = createContentCheck(content.answer, s3);
  const body = createReadStream(async function* (stop) {
    for await (const chunk of readResuming(s3, object, content, stop)) {
      check?.update(chunk);
      yield chunk;
    }
    const difference = check?.difference();
    if (difference !== undefined) throw s3.failure('corrupt', { ...object, action: 'read' }, difference);
  });
  body.once('close', destroyOnAbort(body, signal));
  // Of a body that nobody began to read, nothing else frees the connection.
  body.once('close', () => content.stream.destroy());
  return { name: object.name, size: content.size, body };
}
