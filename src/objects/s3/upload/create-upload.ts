import type { CompletedPart } from '@aws-sdk/client-s3';
import { followAbort } from '../../../support/abort/follow-abort.ts';
import type { S3Connection } from '../connect-s3.ts';
import { inBucket } from '../create-bucket.ts';
import type { S3Object } from '../s3-object.ts';

/** An upload in parts that has begun. */
export interface Upload {
  readonly id: string;
  /** Whether the store keeps a checksum of the whole object, not only of its parts. */
  readonly hasWholeCrc: boolean;
}

export interface SentParts {
  readonly parts: readonly CompletedPart[];
  /** Bytes. */
  readonly size: number;
  /** Of the whole object, as S3 writes it. */
  readonly crc: string;
}

/**
 * Begins an upload in parts. When the signal aborts meanwhile, the answer is still waited for, a while: an upload whose
 * id nobody knows could not be removed.
 */
export async function createUpload(s3: S3Connection, object: S3Object, signal: AbortSignal): Promise<Upload> {
  signal.throwIfAborted();
  const late = new AbortController();
  const release = followAbort(late, signal, s3.limits.cleanUpMs);
  const { bucket, name } = object;
  const parameters = { Bucket: bucket, Key: name, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const request = { ...object, action: 'write' } as const;
  try {
    const answer = await inBucket(s3, bucket, late.signal, () =>
      s3.ask(request, late.signal, () =>
        s3.client.send(new s3.sdk.CreateMultipartUploadCommand(parameters), { abortSignal: late.signal }),
      ),
    );
    const { UploadId: id, ChecksumType } = answer;
    if (id === undefined) throw s3.failure('other', request, 'it gave the upload no id');
    return { id, hasWholeCrc: ChecksumType === 'FULL_OBJECT' };
  } finally {
    release();
  }
}
