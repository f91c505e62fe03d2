import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAlpineArchive } from '../../parts/images/images.ts';
import { cacheDirectory } from '../../parts/start-parts.ts';
import { buildPrograms } from './build-programs.ts';
import { startCluster } from './start-cluster.ts';

// A cluster to work with, until Ctrl-C: npx tsx tests/kubernetes/cluster/main.ts

const tell = (line: string) => process.stderr.write(`${line}\n`);
const programs = await buildPrograms(tell);
const images = [await makeAlpineArchive(cacheDirectory(), tell)];
const directory = await mkdtemp(join(tmpdir(), 'exec-agent-cluster-'));
const cgroup = `/${directory.split('/').at(-1)}`;
const begun = performance.now();
const cluster = await startCluster({ directory, programs, cgroup, images });
tell(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s:`);
tell(`  export KUBECONFIG=${join(directory, 'pki/admin.kubeconfig')} PATH=${programs}:$PATH`);
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
});
await cluster.stop();
await rm(directory, { recursive: true });
