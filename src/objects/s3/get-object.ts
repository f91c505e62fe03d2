import { destroyOnAbort } from '../../workspace/destroy-on-abort.ts';
import type { OpenedObject } from '../object-store.ts';
import type { S3Connection } from './connect-s3.ts';
import { createContentCheck } from './content-check.ts';
import { openContent } from './open-content.ts';
import { createResumingBody } from './resuming-body.ts';
import type { S3Object } from './s3-object.ts';

/**
 * Opens an object. Its body is taken up again where a connection breaks, and fails with an ExecError when the object
 * is replaced meanwhile, the store stays away, or the bytes are not those that the store has a checksum of.
 */
export async function getObject(s3: S3Connection, object: S3Object, signal: AbortSignal): Promise<OpenedObject> {
  const content = await openContent(s3, object, signal);
  const check = createContentCheck(content.answer, s3);
  const body = createResumingBody(s3, object, content, check);
  body.once('close', destroyOnAbort(body, signal));
  return { name: object.name, size: content.size, body };
}
