import { Readable } from 'node:stream';
import { destroyOnAbort } from '../../../support/abort/destroy-on-abort.ts';
import type { OpenedObject } from '../../object-store.ts';
import type { S3Connection } from '../connect-s3.ts';
import { createContentCheck } from '../content-check.ts';
import type { S3Object } from '../s3-object.ts';
import { openContent, openFrom } from './open-content.ts';
import { createPour, smallestPoured } from './pour-object.ts';
import { createResumingBody } from './resuming-body.ts';

/**
 * Opens an object. Its bytes are taken up again where a connection breaks, and fail with an ExecError when the object
 * is replaced meanwhile, the store stays away, or the bytes are not those that the store has a checksum of.
 */
export async function getObject(s3: S3Connection, object: S3Object, signal: AbortSignal): Promise<OpenedObject> {
  const whole = await openContent(s3, object, signal);
  const { size } = whole;
  const download = { s3, object, whole, check: createContentCheck(whole.answer, s3) };
  const body = createResumingBody(download);
  body.once('close', destroyOnAbort(body, signal));
  const { ETag: etag } = whole.answer;
  // A weak one stands for contents that mean the same, not for the same bytes.
  const isStrong = etag !== undefined && !etag.startsWith('W/');
  const opened = { name: object.name, size, body, ...(isStrong && { etag }) };
  if (size < smallestPoured) return opened;
  const pour = createPour(download, signal);
  return { ...opened, pour: (take) => pour(take).finally(() => body.destroy()) };
}

/**
 * The same from a byte on, by a ranged request: what is before it is not sent. The bytes are not compared with a checksum, as
 * stores have none of a part.
 */
export async function getObjectFrom(
  s3: S3Connection,
  object: S3Object,
  offset: number,
  signal: AbortSignal,
): Promise<OpenedObject> {
  if (offset === 0) return getObject(s3, object, signal);
  const part = await openFrom(s3, object, signal, offset);
  if (part === undefined) return nothingOf(await getObject(s3, object, signal));
  const body = createResumingBody({ s3, object, whole: part, check: undefined, from: offset });
  body.once('close', destroyOnAbort(body, signal));
  return { name: object.name, size: part.size, body };
}

function nothingOf({ name, size, body }: OpenedObject): OpenedObject {
  body.destroy();
  return { name, size, body: Readable.from([]) };
}
