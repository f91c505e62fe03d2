import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { S3Server } from '../parts/stores/s3.ts';
import { openStore } from '../s3/open-s3.ts';
import type { TaskScene } from './task.cases.ts';
import { openTesBench } from './tes-bench.ts';

export interface OpenTaskScene extends TaskScene {
  close(): Promise<void>;
}

/** An agent with the settings, in a bucket of its own, with what the cases read. */
export async function openTaskScene(
  server: S3Server,
  settings: Parameters<typeof openTesBench>[0],
): Promise<OpenTaskScene> {
  const { signal } = new AbortController();
  const files = await mkdtemp(join(tmpdir(), 'tes-files-'));
  await writeFile(join(files, 'allowed.txt'), 'from the host\n');
  const written = join(files, 'written');
  await mkdir(written);
  const bucket = `b-${randomUUID()}`;
  const bench = await openTesBench({
    ...settings,
    bucket,
    minioEndpoint: server.endpoint,
    minioAccessKey: server.accessKey,
    minioSecretKey: server.secretKey,
    inputDirectories: [files],
    outputDirectories: [written],
    inputHosts: ['127.0.0.1'],
    uploadHosts: ['127.0.0.1'],
  });
  const store = openStore(server, { defaultBucket: bucket });
  await store.put({ name: 'in/a.txt' }, Readable.from([Buffer.from('a\n')]), signal);
  await store.put({ name: 'in/deep/b.txt' }, Readable.from([Buffer.from('b\n')]), signal);
  return {
    bench,
    bucket,
    store,
    files,
    written,
    async close() {
      await bench.close();
      await rm(files, { recursive: true });
    },
  };
}
