import { ExecError } from '../../../support/exec-error.ts';
import { withDeadline } from '../../../support/time/deadline.ts';
import type { S3Connection } from '../connect-s3.ts';
import { readFailure } from '../failures/s3-failure.ts';
import type { S3Object } from '../s3-object.ts';

export interface AbandonedUpload {
  readonly object: S3Object;
  readonly id: string;
}

/** Uploads in parts that failed: what the store holds of them is removed, later if it cannot be reached now. */
export interface AbandonedUploads {
  /** Never fails; what could not be removed is kept in mind, and so are those before it. */
  remove(upload?: AbandonedUpload): Promise<void>;
}

export function createAbandonedUploads(s3: S3Connection): AbandonedUploads {
  let left: readonly AbandonedUpload[] = [];

  async function tryRemove({ object: { bucket, name }, id }: AbandonedUpload): Promise<boolean> {
    const request = { bucket, name, action: 'remove' } as const;
    const reason = () => new ExecError('STORE_UNAVAILABLE', 'The remains of an upload could not be removed in time.');
    try {
      await withDeadline({ ms: s3.limits.cleanUpMs, reason, parent: new AbortController().signal }, (signal) =>
        s3.ask(request, signal, async () => {
          const command = new s3.sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: name, UploadId: id });
          await s3.client.send(command, { abortSignal: signal }).catch((error: unknown) => {
            if (readFailure(error).kind !== 'no-upload') throw error;
          });
        }),
      );
      return true;
    } catch (error) {
      // The upload itself has failed with an error that says more.
      s3.logger.warn({ bucket, object: name, err: error }, 'object store: a failed upload left parts behind');
      return false;
    }
  }

  return {
    async remove(upload) {
      const todo = upload === undefined ? left : [...left, upload];
      left = [];
      for (const each of todo) if (!(await tryRemove(each))) left = [...left, each];
    },
  };
}
