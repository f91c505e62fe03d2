import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { describeWith } from '../parts/require-part.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { openStore } from '../s3/open-s3.ts';
import { taskCases } from './task.cases.ts';
import { openTesBench, type TesBench } from './tes-bench.ts';

const { signal } = new AbortController();

describeWith(['redis', 'docker', 'oci', 's3'], 'TES with an S3 store', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3(inject('s3Program'));
  });
  afterAll(() => server?.stop());

  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    const bucket = `b-${randomUUID()}`;
    let bench: TesBench;
    let store: ObjectStore;
    let files = '';
    let written = '';
    beforeAll(async () => {
      files = await mkdtemp(join(tmpdir(), 'tes-files-'));
      await writeFile(join(files, 'allowed.txt'), 'from the host\n');
      written = join(files, 'written');
      await mkdir(written);
      bench = await openTesBench({
        runtime,
        bucket,
        minioEndpoint: server.endpoint,
        minioAccessKey: server.accessKey,
        minioSecretKey: server.secretKey,
        inputDirectories: [files],
        outputDirectories: [written],
        inputHosts: ['127.0.0.1'],
        uploadHosts: ['127.0.0.1'],
      });
      store = openStore(server, { defaultBucket: bucket });
      await store.put({ name: 'in/a.txt' }, Readable.from([Buffer.from('a\n')]), signal);
      await store.put({ name: 'in/deep/b.txt' }, Readable.from([Buffer.from('b\n')]), signal);
    });
    afterAll(async () => {
      await bench?.close();
      await rm(files, { recursive: true, force: true });
    });

    taskCases(() => ({ bench, bucket, store, files, written }));
  });
});
