import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cacheDirectory } from '../parts/start-parts.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { installS3Program } from '../parts/stores/s3-programs.ts';
import { type OpenTaskScene, openTaskScene } from '../tes/open-task-scene.ts';
import { taskCases } from '../tes/task.cases.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
let agents: ClusterAgents;
let server: S3Server;
let scene: OpenTaskScene;

beforeAll(async () => {
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  server = await startS3(await installS3Program(cacheDirectory(), tell));
  agents = await openClusterAgents(cluster, 'tes');
  scene = await openTaskScene(server, { ...agents.config, port: 0, tes: true });
});

afterAll(async () => {
  await scene?.close();
  await agents?.close();
  await server?.stop();
});

describe('TES on Kubernetes', () => {
  taskCases(() => scene);

  test('nothing is left', async () => {
    expect(await agents.leftovers()).toEqual([]);
  });
});
