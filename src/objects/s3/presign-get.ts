import { ExecError } from '../../support/exec-error.ts';
import type { S3Connection } from './connect-s3.ts';
import type { S3Object } from './s3-object.ts';

/** A URL from which anyone can read the object for that many seconds; the store is not asked. @throws ExecError */
export async function presignGet(s3: S3Connection, object: S3Object, expiresSeconds: number): Promise<string> {
  const { presignMaxSeconds } = s3.limits;
  if (!(expiresSeconds >= 1 && expiresSeconds <= presignMaxSeconds))
    throw new ExecError(
      'INVALID_REQUEST',
      `A URL cannot be valid for ${expiresSeconds} seconds. Ask for 1 to ${presignMaxSeconds}.`,
    );
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const command = new s3.sdk.GetObjectCommand({ Bucket: object.bucket, Key: object.name });
  try {
    return await getSignedUrl(s3.signer, command, { expiresIn: Math.floor(expiresSeconds) });
  } catch (error) {
    throw s3.explain(error, { ...object, action: 'read' });
  }
}
