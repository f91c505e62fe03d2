import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSources } from '../../../src/keeper/create-sources.ts';
import { createDirectoryStore } from '../../../src/objects/directory/create-directory-store.ts';
import { loadKubeconfig } from '../../../src/runtimes/kubernetes/api/credentials/load-kubeconfig.ts';
import { createKubernetesRuntime } from '../../../src/runtimes/kubernetes/create-kubernetes-runtime.ts';
import type { KubernetesOptions } from '../../../src/runtimes/kubernetes/kubernetes-options.ts';
import type { RuntimeBench } from '../../../src/runtimes/runtime.contract.ts';
import type { Runtime, SandboxSpec, StepSpec } from '../../../src/runtimes/runtime.ts';
import { systemClock } from '../../../src/support/time/clock.ts';
import { createSilentLogger } from '../../../src/telemetry/log.ts';
import { removeTree } from '../../../src/workspace/tree/remove-tree.ts';
import { stagingLimits } from '../../executions/staging-limits.ts';
import { makeBusyboxImage } from '../../parts/images/make-busybox-image.ts';
import { registryAccess } from '../../parts/images/registry-access.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { agentImage } from '../agent-image.ts';
import type { Cluster } from '../cluster/open-cluster.ts';
import { openNodeRegistry } from './open-registry.ts';

const settleMs = 30_000;
const MiB = 1024 ** 2;

export interface KubernetesBench extends RuntimeBench {
  readonly namespace: string;
  readonly store: ReturnType<typeof createDirectoryStore>;
  open(options?: Partial<KubernetesOptions>): Promise<Runtime>;
  /** @param known how many of the pods stay */
  leftovers(known?: number): Promise<readonly string[]>;
}

/**
 * A runtime in a namespace of its own, and a registry that the node pulls from.
 * @param always options of each runtime that is opened
 */
export async function openKubernetesBench(
  cluster: Cluster,
  namespace: string,
  always: Partial<KubernetesOptions> = {},
): Promise<KubernetesBench> {
  const base = await mkdtemp(join(tmpdir(), 'kubernetes-bench-'));
  await cluster.kubectl(['create', 'namespace', namespace]);
  const registry = await openNodeRegistry(cluster);
  const made = new Map<string, Promise<string>>();
  /** Each name once: cases run together, and the digest of a name must not change under them. */
  const named = async (image: Parameters<typeof makeBusyboxImage>[0]) => {
    const published = made.get(image.name) ?? makeBusyboxImage(image, registry.publish);
    made.set(image.name, published);
    return `${registry.address}/${await published}`;
  };
  const shell = await named({ name: 'shell', config: { Cmd: ['/bin/sh'] } });
  const refuse = () => Promise.reject(new Error('nothing is read or sent by URL here'));
  const store = createDirectoryStore({ root: join(base, 'store'), defaultBucket: 'bucket' });
  const fleetKey = randomBytes(32);
  const opened: Runtime[] = [];
  const open = async (more: Partial<KubernetesOptions> = {}) => {
    const environment = process.env;
    const path = cluster.kubeconfig;
    const access = await loadKubeconfig({ path, environment, pluginTimeoutMs: 10_000, clock: systemClock });
    const runtime = createKubernetesRuntime({
      access,
      fleetKey,
      pods: {
        namespace,
        keepImage: agentImage,
        pullSecrets: [],
        nodeSelector: {},
        isolation: 'own',
        canaries: [],
        tolerations: [],
        gpuResource: 'nvidia.com/gpu',
        cpuOvercommit: 20,
        orphanSeconds: 3600,
        logBytes: 128 * MiB,
        outputBytes: 256 * MiB,
        layerBytes: 1024 * MiB,
      },
      servicePort: 9000,
      registries: registryAccess({ settings: { [registry.address]: { insecure: true } } }),
      sources: createSources({ store, openUrl: refuse, sendToUrl: refuse, limits: stagingLimits }),
      logger: createSilentLogger(),
      reach: 'direct',
      startSeconds: 120,
      awayMs: 60_000,
      clock: systemClock,
      ...always,
      ...more,
    });
    opened.push(runtime);
    return withSteps(runtime, shell);
  };
  const podsLeft = async () => {
    const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', 'name']);
    return text.split('\n').filter((line) => line !== '');
  };
  return {
    namespace,
    store,
    open,
    runtime: await open(),
    restart: () => open(),
    images: { shell, make: named },
    async leftovers(known = 0) {
      // A node takes a moment to end what was deleted.
      await becomesTrue(async () => (await podsLeft()).length <= known, settleMs);
      return podsLeft();
    },
    async close() {
      for (const one of opened) await one.close();
      await registry.stop();
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
      await removeTree(base);
    },
  };
}

/** A pod has all its containers from the start: for a sandbox that names no steps, two of the shell. */
function withSteps(runtime: Runtime, shell: string): Runtime {
  return {
    ...runtime,
    async openSandbox(spec: SandboxSpec, signal) {
      if (spec.steps !== undefined) return runtime.openSandbox(spec, signal);
      const reference = shell;
      const image = await runtime.images.ensure(reference, { pull: 'missing', signal });
      const step: StepSpec = {
        step: {
          image: { reference, pull: 'missing' },
          env: {},
          workingDir: '/',
          readOnlyRoot: false,
          ignoreError: false,
        },
        image,
      };
      return runtime.openSandbox({ ...spec, steps: [step, step] }, signal);
    },
  };
}
