import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, inject } from 'vitest';
import { describeObjectStore } from '../src/objects/object-store.contract.ts';
import type { ObjectStore } from '../src/objects/object-store.ts';
import { createS3Store } from '../src/objects/s3/create-s3-store.ts';
import type { S3StoreOptions } from '../src/objects/s3/s3-options.ts';
import { createSilentLogger } from '../src/telemetry/log.ts';
import { describeWith } from './parts/require-part.ts';
import { type S3Server, startS3 } from './parts/s3.ts';

function openStore({ endpoint, accessKey, secretKey }: S3Server, options: Partial<S3StoreOptions> = {}): ObjectStore {
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

function openClient({ endpoint, accessKey, secretKey }: S3Server): S3Client {
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
}

const seaweedShortcomings = {
  order: 'though SeaweedFS lists what is below a directory before its neighbours',
  backslash: 'SeaweedFS lists it as a slash',
};

describeWith('s3', 'the S3 store', () => {
  let server: S3Server;
  let client: S3Client;
  beforeAll(async () => {
    server = await startS3(inject('s3Program'));
    client = openClient(server);
  });
  afterAll(() => server.stop());

  describeObjectStore(
    'as every object store',
    async () => {
      const otherBucket = `other-${randomUUID()}`;
      await client.send(new CreateBucketCommand({ Bucket: otherBucket }));
      return { store: openStore(server), otherBucket, close: async () => undefined };
    },
    inject('s3Program').kind === 'minio' ? {} : seaweedShortcomings,
  );
});
