import type { S3Connection } from '../connect-s3.ts';
import { readFailure } from '../failures/s3-failure.ts';
import type { S3Object } from '../s3-object.ts';
import type { SentParts, Upload } from './create-upload.ts';

/** Makes an object of the parts. */
export async function completeUpload(
  s3: S3Connection,
  object: S3Object,
  { id, hasWholeCrc }: Upload,
  { parts, size, crc }: SentParts,
  signal: AbortSignal,
): Promise<void> {
  const { sdk, client } = s3;
  const place = { Bucket: object.bucket, Key: object.name };
  const whole = hasWholeCrc ? ({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: crc } as const) : {};
  const parameters = { ...place, UploadId: id, MultipartUpload: { Parts: [...parts] }, ...whole };
  await s3.ask({ ...object, action: 'write' }, signal, async (attempt) => {
    try {
      await client.send(new sdk.CompleteMultipartUploadCommand(parameters), { abortSignal: signal });
    } catch (error) {
      // The answer to an earlier attempt got lost after the store had done its work.
      const isDone = attempt > 1 && readFailure(error).kind === 'no-upload' && (await isThere());
      if (!isDone) throw error;
    }
  });

  async function isThere(): Promise<boolean> {
    const { ContentLength, ETag } = await client.send(new sdk.HeadObjectCommand(place), { abortSignal: signal });
    return ContentLength === size && ETag?.includes(`-${parts.length}`) === true;
  }
}
