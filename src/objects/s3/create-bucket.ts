import { ExecError } from '../../support/exec-error.ts';
import type { S3Connection } from './connect-s3.ts';

const alreadyThere: readonly string[] = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'];

/** Writes into a bucket, which is made first if it is missing and may be made. */
export async function inBucket<T>(
  s3: S3Connection,
  bucket: string,
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const isMissing = error instanceof ExecError && error.context.kind === 'no-bucket';
    if (!isMissing || bucket !== s3.bucketToCreate) throw error;
    await createBucket(s3, bucket, signal);
    return await write();
  }
}

async function createBucket(s3: S3Connection, bucket: string, signal: AbortSignal): Promise<void> {
  await s3.ask({ action: 'create', bucket, name: '' }, signal, async () => {
    try {
      await s3.client.send(new s3.sdk.CreateBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    } catch (error) {
      // Another upload, or another agent, was faster.
      if (!(error instanceof Error && alreadyThere.includes(error.name))) throw error;
    }
  });
}
