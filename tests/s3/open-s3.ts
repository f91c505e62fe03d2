import { randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, ListPartsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { createS3Store } from '../../src/objects/s3/create-s3-store.ts';
import type { S3StoreOptions } from '../../src/objects/s3/s3-options.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import type { S3Server } from '../parts/stores/s3.ts';

/** A store on the server, with a new bucket that comes into being with its first object. */
export function openStore(
  { endpoint, accessKey, secretKey }: Pick<S3Server, 'endpoint' | 'accessKey' | 'secretKey'>,
  options: Partial<S3StoreOptions> = {},
): ObjectStore {
  return createS3Store({
    endpoint,
    useSsl: false,
    credentials: { accessKey, secretKey },
    defaultBucket: `b-${randomUUID()}`,
    createBucket: true,
    logger: createSilentLogger(),
    ...options,
  });
}

/** To look at what the store does not show. */
export function openClient({ endpoint, accessKey, secretKey }: S3Server): S3Client {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    // A checksum in a presigned URL would be that of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

/** How many uploads in parts the server knows of that were neither completed nor removed. */
export async function countUploads(client: S3Client, bucket: string, name: string): Promise<number> {
  // MinIO lists those of one exact name only.
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: name }));
  return Uploads?.length ?? 0;
}

/** Whether the server has received a part of an upload that is not yet complete. */
export async function hasPart(client: S3Client, bucket: string, name: string): Promise<boolean> {
  const place = { Bucket: bucket, Key: name };
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: name }));
  for (const { UploadId } of Uploads ?? []) {
    const { Parts } = await client.send(new ListPartsCommand({ ...place, UploadId }));
    if ((Parts?.length ?? 0) > 0) return true;
  }
  return false;
}

export async function listNames(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of store.list({ name: prefix }, new AbortController().signal)) names.push(name);
  return names;
}
