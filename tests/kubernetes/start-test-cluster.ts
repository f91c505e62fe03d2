import { join } from 'node:path';
import { makeAlpineArchive } from '../parts/images/images.ts';
import type { TestRun } from '../parts/run/test-run.ts';
import { cacheDirectory } from '../parts/start-parts.ts';
import { agentImage } from './agent-image.ts';
import { buildPrograms } from './cluster/build-programs.ts';
import { type ClusterOptions, type StartedCluster, startCluster } from './cluster/start-cluster.ts';
import { makeKeepArchive } from './make-keep-archive.ts';
import { keepImage } from './proofs/proof-pod.ts';

export interface TestCluster extends StartedCluster {
  /** For `openCluster`. */
  readonly directory: string;
  /** The file of the image of keep. */
  readonly agentArchive: string;
}

/** Brings a cluster up whose node has the images of the tests. @throws when it cannot be built here, with the reason */
export async function startTestCluster(
  run: TestRun,
  tell: (line: string) => void,
  more: Pick<ClusterOptions, 'runc' | 'etcdQuotaBytes'> = {},
): Promise<TestCluster> {
  const programs = await buildPrograms(tell);
  const keep = join(run.directory, 'keep.tar');
  await makeKeepArchive(keep, keepImage, join(import.meta.dirname, 'proofs/play-keep.ts'));
  const agentArchive = join(run.directory, 'agent.tar');
  await makeKeepArchive(agentArchive, agentImage, join(import.meta.dirname, 'keep-entry.ts'));
  const images = [await makeAlpineArchive(cacheDirectory(), tell), keep, agentArchive];
  const directory = join(run.directory, 'cluster');
  const begun = performance.now();
  const cluster = await startCluster({ directory, programs, cgroup: run.cgroup, images, ...more });
  tell(`The cluster is ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return { ...cluster, directory, agentArchive };
}
