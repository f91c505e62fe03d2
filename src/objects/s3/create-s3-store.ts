import { endBody, endOnAbort } from '../object-body.ts';
import type { ObjectStore } from '../object-store.ts';
import { connectS3, type S3Connection } from './connect-s3.ts';
import { getObject, getObjectFrom } from './download/get-object.ts';
import { listObjects } from './list-objects.ts';
import { presignGet } from './presign-get.ts';
import { s3ObjectOf, s3PrefixOf } from './s3-object.ts';
import type { S3StoreOptions } from './s3-options.ts';
import { createPutObject, type PutObject } from './upload/put-object.ts';

interface Opened {
  readonly s3: S3Connection;
  readonly put: PutObject;
}

/**
 * Objects in any S3 store: Amazon's, MinIO, SeaweedFS. Nothing is loaded, read or sent before the first call.
 * Bodies are checked against the store's checksums in both directions.
 */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { defaultBucket } = options;
  let opening: Promise<Opened> | undefined;

  function open(): Promise<Opened> {
    opening ??= connectS3(options)
      .then((s3) => ({ s3, put: createPutObject(s3) }))
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return opening;
  }

  return {
    name: 's3',
    defaultBucket,
    async get(key, signal) {
      const object = s3ObjectOf(key, defaultBucket);
      const { s3 } = await open();
      return getObject(s3, object, signal);
    },
    async getFrom(key, offset, signal) {
      const object = s3ObjectOf(key, defaultBucket);
      const { s3 } = await open();
      return getObjectFrom(s3, object, offset, signal);
    },
    async put(key, body, signal) {
      // Also while the SDK is loaded nobody else listens for the body's errors.
      const release = endOnAbort(body, signal);
      try {
        const object = s3ObjectOf(key, defaultBucket);
        const { put } = await open();
        // From here on it listens by itself: a signal may be that of many transfers.
        release();
        return await put(object, body, signal);
      } finally {
        release();
        endBody(body);
      }
    },
    async *list(key, signal) {
      const prefix = s3PrefixOf(key, defaultBucket);
      const { s3 } = await open();
      yield* listObjects(s3, prefix, signal);
    },
    async remove(key, signal) {
      const { bucket, name } = s3ObjectOf(key, defaultBucket);
      const { s3 } = await open();
      const command = new s3.sdk.DeleteObjectCommand({ Bucket: bucket, Key: name });
      await s3.ask({ bucket, name, action: 'remove' }, signal, () => s3.client.send(command, { abortSignal: signal }));
    },
    async presign(key, expiresSeconds) {
      const object = s3ObjectOf(key, defaultBucket);
      const { s3 } = await open();
      return presignGet(s3, object, expiresSeconds);
    },
  };
}
