import type { S3Connection } from '../connect-s3.ts';
import { crc32Text } from '../content-check.ts';
import { inBucket } from '../create-bucket.ts';
import type { S3Object } from '../s3-object.ts';
import { checkReceived } from './check-received.ts';
import { contentOf, type Part } from './chunk-reader.ts';

/** Puts an object in one request; returns its size in bytes. */
export async function putWhole(s3: S3Connection, object: S3Object, part: Part, signal: AbortSignal): Promise<number> {
  const body = contentOf(part);
  const crc = crc32Text(part.crc);
  const parameters = { Bucket: object.bucket, Key: object.name, Body: body, ChecksumCRC32: crc };
  await inBucket(s3, object.bucket, signal, () =>
    s3.ask({ ...object, action: 'write' }, signal, async () => {
      const answer = await s3.client.send(new s3.sdk.PutObjectCommand(parameters), { abortSignal: signal });
      checkReceived(s3, answer, { body, crc });
    }),
  );
  return body.length;
}
