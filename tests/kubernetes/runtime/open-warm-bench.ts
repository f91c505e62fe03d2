import { z } from 'zod';
import type { Runtime, Sandbox } from '../../../src/runtimes/runtime.ts';
import { eagerWarm, openWarmSandboxes } from '../../warm/open-warm-sandboxes.ts';
import type { WarmBench } from '../../warm/warm.cases.ts';
import type { Cluster } from '../cluster/open-cluster.ts';
import { type KubernetesBench, openKubernetesBench } from './open-bench.ts';

const podsSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }) })),
});

/** Every sandbox that is opened has a pod that was made before. */
export async function openKubernetesWarmBench(
  cluster: Cluster,
  namespace: string,
): Promise<KubernetesBench & WarmBench> {
  const bench = await openKubernetesBench(cluster, namespace, { warm: eagerWarm });
  const waiting = () => podsThatWait(cluster, namespace);
  const isWarm = async ({ handle }: Sandbox) => String(handle.pod).startsWith('w-');
  const opening = <T extends Runtime>(runtime: T) => openWarmSandboxes(runtime, { bench, waiting, isWarm, steps: 2 });
  return {
    ...bench,
    runtime: opening(bench.runtime),
    restart: async () => opening(await bench.restart()),
    waiting,
    async leftovers() {
      const waits = (await waiting()).map((name) => `pod/${name}`);
      return (await bench.leftovers(waits.length)).filter((name) => !waits.includes(name));
    },
  };
}

/** Names of the pods that wait for an execution. */
export async function podsThatWait({ kubectl }: Cluster, namespace: string): Promise<readonly string[]> {
  const text = await kubectl(['-n', namespace, 'get', 'pods', '-l', 'exec-agent/waiting=true', '-o', 'json']);
  const { items } = podsSchema.parse(JSON.parse(text));
  return items.flatMap(({ metadata: { name, deletionTimestamp } }) => (deletionTimestamp === undefined ? [name] : []));
}
