import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cacheDirectory } from '../parts/start-parts.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { installS3Program } from '../parts/stores/s3-programs.ts';
import { openStore } from '../s3/open-s3.ts';
import { type TaskScene, taskCases } from '../tes/task.cases.ts';
import { openTesBench } from '../tes/tes-bench.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const { signal } = new AbortController();
let agents: ClusterAgents;
let server: S3Server;
let scene: TaskScene;
let files: string;

beforeAll(async () => {
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  server = await startS3(await installS3Program(cacheDirectory(), tell));
  agents = await openClusterAgents(cluster, 'tes');
  files = await mkdtemp(join(tmpdir(), 'tes-files-'));
  await writeFile(join(files, 'allowed.txt'), 'from the host\n');
  const written = join(files, 'written');
  await mkdir(written);
  const bucket = `b-${randomUUID()}`;
  const bench = await openTesBench({
    ...agents.config,
    port: 0,
    tes: true,
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
  scene = { bench, bucket, store, files, written };
});

afterAll(async () => {
  await scene?.bench.close();
  await agents?.close();
  await server?.stop();
  if (files !== undefined) await rm(files, { recursive: true });
});

describe('TES on Kubernetes', () => {
  taskCases(() => scene);

  test('nothing is left', async () => {
    expect(await agents.leftovers()).toEqual([]);
  });
});
