import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { deployment, specOf, startContainer } from '../../src/runtimes/contract/bench.contract.ts';
import type { DockerRuntimeOptions } from '../../src/runtimes/docker/docker-options.ts';
import { describeRuntime } from '../../src/runtimes/runtime.contract.ts';
import type { Runtime } from '../../src/runtimes/runtime.ts';
import { standardConfinement } from '../../src/wire/plan/plan.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { describeWith } from '../parts/require-part.ts';
import { usageCgroups } from '../parts/run/run-traces.ts';
import { currentRun } from '../parts/run/test-run.ts';
import { createTestRuntime, openDockerBench, readTls } from './open-docker-bench.ts';
import { describeSlices } from './slice.cases.ts';
import { describeWarmContainers } from './warm.cases.ts';

const MiB = 1024 ** 2;
const never = new AbortController().signal;

// The address does not say that the engine's control groups are this machine's.
const reason = 'what containers used is known of an engine at a Unix socket only';
const skip = [
  { case: 'the use of cpu and memory is reported', reason },
  { case: 'another agent tells what a container used that ran meanwhile', reason },
  {
    case: 'another agent with a lower fence than one that took over is refused',
    reason: 'nothing on the host of the agents is shared, and labels of containers cannot be changed',
  },
  ...(existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? [
        {
          case: 'more memory than allowed is reported as out of memory',
          reason: 'with control groups v2 an engine may miss it, and only at a Unix socket the kernel is asked',
        },
      ]
    : []),
];

describeWith('docker', 'Docker', () => {
  describeRuntime('with bind mounts', { open: () => openDockerBench({ transfer: 'bind' }) });
  // As an engine on another machine is reached.
  describeRuntime('with the archive API over TLS', {
    open: async () => openDockerBench({ transfer: 'archive', host: inject('docker').tlsHost, tls: await readTls() }),
    skip,
  });

  describeWarmContainers();
  describeSlices();

  describe('the way data goes', () => {
    const close: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const done of close.splice(0)) await done();
    });

    test('is a bind mount where the engine sees our directory, for any address', async () => {
      const tls = { host: inject('docker').tlsHost, tls: await readTls() };
      for (const options of [{}, tls]) {
        const bench = await openDockerBench({ transfer: 'auto', ...options });
        close.push(bench.close);
        expect(await transferOf(bench.runtime)).toBe('bind');
        expect(await bench.leftovers()).toEqual([]);
      }
    });

    test('is the archive API where the same path means another directory to the engine', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'docker-runtime-'));
      const ours = await open(directory);
      const bench = await openDockerBench({ transfer: 'auto', workDir: `/proc/self/fd/${ours.fd}` });
      close.push(
        bench.close,
        () => ours.close(),
        () => removeTree(directory),
      );
      expect(await transferOf(bench.runtime)).toBe('archive');
      expect(await bench.leftovers()).toEqual([]);
    });
  });

  test('the control group of a container that an agent removed before it died is swept by its deployment alone', async () => {
    const bench = await openDockerBench({ transfer: 'bind' });
    try {
      const sandbox = await bench.runtime.openSandbox(specOf(), never);
      await (await startContainer(bench, sandbox, { script: 'true' })).wait(never);
      const api = createDockerApi(inject('docker').host.slice('unix://'.length));
      for (const { Id } of await api.containers()) await api.remove(`/containers/${Id}`);
      const groups = async () => (await bench.leftovers()).filter((line) => line.startsWith('group '));
      const before = await groups();
      expect(before).not.toEqual([]);
      await bench.runtime.sweep('another', async () => false);
      expect(await groups()).toEqual(before);
      await bench.runtime.sweep(deployment, async () => false);
      expect(await bench.leftovers()).toEqual([]);
    } finally {
      await bench.close();
    }
  });

  test('the cgroup of a container is swept where it exists in one hierarchy only', async () => {
    const bench = await openDockerBench({ transfer: 'bind' });
    try {
      const sandbox = await bench.runtime.openSandbox(specOf(), never);
      await (await startContainer(bench, sandbox, { script: 'true' })).wait(never);
      const groups = usageCgroups(currentRun());
      expect(groups).not.toEqual([]);
      await sandbox.remove();
      expect(await bench.leftovers()).toEqual([]);
      for (const group of groups) {
        // As an engine leaves it that is killed while it makes its groups, or while it removes them.
        await mkdir(group);
        await bench.runtime.sweep(deployment, async () => false);
        expect(await bench.leftovers()).toEqual([]);
      }
    } finally {
      await bench.close();
    }
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
  const runtime = createTestRuntime({ workDir: '/nowhere', ...options });
  try {
    return await runtime.probe(never);
  } finally {
    await runtime.close();
  }
}

async function transferOf(runtime: Runtime) {
  const resources = { cpus: 1, memoryBytes: 64 * MiB, pids: 16, scratchBytes: MiB };
  const common = {
    executionId: crypto.randomUUID(),
    deployment: 'transfer',
    fence: 1,
    confinement: standardConfinement,
  };
  const spec = { ...common, volumes: [], scratch: [], resources };
  const sandbox = await runtime.openSandbox(spec, never);
  await sandbox.remove();
  return sandbox.handle.transfer;
}
