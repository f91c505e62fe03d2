import { mkdir, mkdtemp, open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { createInputStager } from '../src/inputs/create-input-stager.ts';
import { createDirectoryStore } from '../src/objects/directory/create-directory-store.ts';
import { createOutputCollector } from '../src/outputs/create-output-collector.ts';
import { createDockerRuntime } from '../src/runtimes/docker/create-docker-runtime.ts';
import type { DockerRuntimeOptions, TlsMaterial } from '../src/runtimes/docker/docker-options.ts';
import { describeRuntime, type RuntimeBench } from '../src/runtimes/runtime.contract.ts';
import type { Runtime, Staging } from '../src/runtimes/runtime.ts';
import { systemClock } from '../src/support/clock.ts';
import { createSilentLogger } from '../src/telemetry/log.ts';
import { standardConfinement } from '../src/wire/plan.ts';
import { removeTree } from '../src/workspace/remove-tree.ts';
import { createDockerApi, type DockerApi } from './parts/docker-api.ts';
import { registryAccess } from './parts/registry-access.ts';
import { describeWith } from './parts/require-part.ts';

const MiB = 1024 ** 2;
const never = new AbortController().signal;

const skip = [
  { case: 'the use of cpu and memory is reported', reason: 'an engine tells it of running containers only' },
];

describeWith('docker', 'Docker', () => {
  describeRuntime('with bind mounts', { open: () => openBench({ transfer: 'bind' }), skip });
  // As an engine on another machine is reached.
  describeRuntime('with the archive API over TLS', {
    open: async () => openBench({ transfer: 'archive', host: inject('docker').tlsHost, tls: await readTls() }),
    skip,
  });

  describe('the way data goes', () => {
    const close: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const done of close.splice(0)) await done();
    });

    test('is a bind mount where the engine sees our directory, whatever its address', async () => {
      const tls = { host: inject('docker').tlsHost, tls: await readTls() };
      for (const options of [{}, tls]) {
        const bench = await openBench({ transfer: 'auto', ...options });
        close.push(bench.close);
        expect(await transferOf(bench.runtime)).toBe('bind');
        expect(await bench.leftovers()).toEqual([]);
      }
    });

    test('is the archive API where the same path means another directory to the engine', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'docker-runtime-'));
      const ours = await open(directory);
      const bench = await openBench({ transfer: 'auto', workDir: `/proc/self/fd/${ours.fd}` });
      close.push(
        bench.close,
        () => ours.close(),
        () => removeTree(directory),
      );
      expect(await transferOf(bench.runtime)).toBe('archive');
      expect(await bench.leftovers()).toEqual([]);
    });
  });

  describe('a probe', () => {
    test('names the engine and its version', async () => {
      expect(await probe({})).toMatchObject({
        ok: true,
        version: expect.stringMatching(/^Docker \d+\.\d+.*, API 1\.\d+$/),
      });
    });

    test('says that there is no socket, and what to do', async () => {
      const host = 'unix:///nowhere/docker.sock';
      expect(await probe({ host })).toEqual({
        ok: false,
        reason: expect.stringMatching(/nowhere\/docker\.sock.*no such socket.*DOCKER_HOST/),
      });
    });

    test('says that nobody listens', async () => {
      expect(await probe({ host: 'tcp://127.0.0.1:1' })).toEqual({
        ok: false,
        reason: expect.stringMatching(/127\.0\.0\.1:1.*refused/),
      });
    });

    test('says that TLS is needed', async () => {
      const { tlsHost: host } = inject('docker');
      expect(await probe({ host })).toEqual({ ok: false, reason: expect.stringMatching(/DOCKER_TLS_VERIFY/) });
    });

    test('says that the client certificate is missing', async () => {
      const { tlsHost: host } = inject('docker');
      const { ca } = await readTls();
      expect(await probe({ host, tls: { ca } })).toEqual({ ok: false, reason: expect.stringMatching(/certificate/) });
    });

    test('says that the engine’s certificate is not trusted', async () => {
      const { tlsHost: host } = inject('docker');
      const { cert = '', key = '' } = await readTls();
      expect(await probe({ host, tls: { ca: cert, cert, key } })).toEqual({
        ok: false,
        reason: expect.stringMatching(/not trusted.*ca\.pem/),
      });
    });
  });
});

async function probe(options: Partial<DockerRuntimeOptions>) {
  const runtime = createRuntime({ workDir: '/nowhere', ...options });
  try {
    return await runtime.probe(never);
  } finally {
    await runtime.close();
  }
}

async function transferOf(runtime: Runtime) {
  const resources = { cpus: 1, memoryBytes: 64 * MiB, pids: 16, scratchBytes: MiB };
  const common = { executionId: crypto.randomUUID(), deployment: 'transfer', confinement: standardConfinement };
  const spec = { ...common, volumes: [], scratch: [], resources };
  const sandbox = await runtime.openSandbox(spec, never);
  await sandbox.remove();
  return sandbox.handle.transfer;
}

async function openBench(options: Partial<DockerRuntimeOptions>): Promise<RuntimeBench> {
  const directory = await mkdtemp(join(tmpdir(), 'docker-runtime-'));
  const workDir = options.workDir ?? join(directory, 'work');
  await mkdir(workDir, { recursive: true });
  const create = () => createRuntime({ ...options, workDir, staging: createStaging(join(directory, 'store')) });
  const runtime = create();
  const api = createDockerApi(inject('docker').host.slice('unix://'.length));
  return {
    runtime,
    restart: async () => create(),
    images: { shell: 'alpine:latest' },
    leftovers: () => findLeftovers(api, workDir),
    async close() {
      await runtime.close();
      await removeTree(directory);
    },
  };
}

function createRuntime(options: Partial<DockerRuntimeOptions> & { readonly workDir: string }): Runtime {
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
  const entries = await readdir(workDir, { recursive: true, withFileTypes: true });
  const expected = ['workspaces', 'contract', 'contract-2', 'transfer'];
  const directories = entries.filter(({ name }) => !expected.includes(name)).map(({ name }) => `directory ${name}`);
  return [...containers, ...volumes, ...directories];
}

async function readTls(): Promise<TlsMaterial> {
  const { certDir } = inject('docker');
  const read = (name: string) => readFile(join(certDir, name), 'utf8');
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { ca, cert, key };
}
