import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createInputStager } from '../../src/inputs/create-input-stager.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { createOutputCollector } from '../../src/outputs/create-output-collector.ts';
import { createDockerRuntime, type DockerRuntime } from '../../src/runtimes/docker/create-docker-runtime.ts';
import type { DockerRuntimeOptions, TlsMaterial } from '../../src/runtimes/docker/docker-options.ts';
import type { RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import type { Staging } from '../../src/runtimes/runtime.ts';
import { discardRequestsIn, ownersIn, warmRootIn } from '../../src/runtimes/warm/warm-supply.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { createDockerApi, type DockerApi } from '../parts/docker/docker-api.ts';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { registryAccess } from '../parts/images/registry-access.ts';
import { usageCgroups } from '../parts/run/run-traces.ts';
import { currentRun } from '../parts/run/test-run.ts';

const MiB = 1024 ** 2;

export async function openDockerBench(options: Partial<DockerRuntimeOptions>): Promise<RuntimeBench> {
  const directory = await mkdtemp(join(tmpdir(), 'docker-runtime-'));
  const workDir = options.workDir ?? join(directory, 'work');
  await mkdir(workDir, { recursive: true });
  const create = () => createTestRuntime({ ...options, workDir, staging: createStaging(join(directory, 'store')) });
  const runtime = create();
  const api = createDockerApi(inject('docker').host.slice('unix://'.length));
  return {
    runtime,
    restart: async () => create(),
    images: { shell: 'alpine:latest', make: (image) => makeBusyboxImage(image, (archive) => api.load(archive)) },
    leftovers: () => findLeftovers(api, workDir),
    async close() {
      await runtime.close();
      await removeTree(directory);
    },
  };
}

export function createTestRuntime(
  options: Partial<DockerRuntimeOptions> & { readonly workDir: string },
): DockerRuntime {
  const { host } = inject('docker');
  const staging = createStaging('/nowhere');
  const fixed = {
    host,
    staging,
    logger: createSilentLogger(),
    clock: systemClock,
    registries: registryAccess(),
    secretsDir: '/dev/shm/exec-agent-tests',
  };
  return createDockerRuntime({ transfer: 'auto', ...fixed, ...options });
}

function createStaging(root: string): Staging {
  const store = createDirectoryStore({ root, defaultBucket: 'exec-agent' });
  const inputLimits = { maxInputBytes: 64 * MiB, maxInputFiles: 1000, concurrency: 2 };
  const outputLimits = {
    maxFileContentBytes: MiB,
    maxAnswerContentBytes: 4 * MiB,
    maxOutputBytes: 64 * MiB,
    maxOutputFiles: 1000,
    maxGraphBytes: MiB,
    uploadConcurrency: 2,
  };
  return {
    stage: createInputStager({ store, limits: inputLimits }),
    collect: createOutputCollector({ store, limits: outputLimits }),
  };
}

async function findLeftovers(api: DockerApi, workDir: string): Promise<readonly string[]> {
  const containers = (await api.containers()).map(({ Names }) => `container ${Names[0]}`);
  const volumes = (await api.volumes()).map((name) => `volume ${name}`);
  const all = await readdir(workDir, { recursive: true, withFileTypes: true });
  // What belongs to containers that wait is no leftover while their agent is there.
  const places = [warmRootIn(workDir), discardRequestsIn(warmRootIn(workDir)), ownersIn(workDir)];
  const isKept = (path: string) => places.some((place) => path.startsWith(`${place}/`));
  const entries = all.filter(({ parentPath, name }) => !isKept(`${join(parentPath, name)}/`));
  const expected = ['workspaces', 'contract', 'contract-2', 'transfer'];
  const directories = entries.filter(({ name }) => !expected.includes(name)).map(({ name }) => `directory ${name}`);
  const groups = usageCgroups(currentRun()).map((path) => `group ${path}`);
  return [...containers, ...volumes, ...directories, ...groups];
}

export async function readTls(): Promise<TlsMaterial> {
  const { certDir } = inject('docker');
  const read = (name: string) => readFile(join(certDir, name), 'utf8');
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { ca, cert, key };
}
