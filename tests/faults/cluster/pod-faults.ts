import { z } from 'zod';
import { podLabels } from '../../../src/runtimes/kubernetes/shape/pod-names.ts';
import { agentImage } from '../../kubernetes/agent-image.ts';
import { containerdSocket } from '../../kubernetes/cluster/write-settings.ts';
import type { Fault } from '../fault-world.ts';
import { type ClusterFaultParts, idsOf, isRunning, succeeds, waitFor } from './fault-parts.ts';

/** How many pods are ended at once. */
const together = 2;

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
      status: z.object({
        containerStatuses: z
          .array(z.object({ state: z.object({ waiting: z.object({ reason: z.string().optional() }).optional() }) }))
          .default([]),
      }),
    }),
  ),
});

/** What becomes of pods, and what keeps them from starting. */
export function podFaults({ cluster, namespace, activity, agentArchive, willEnd }: ClusterFaultParts) {
  const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);

  /** Some pods whose commands run are ended in that way; it fails for one that has ended by itself. */
  const end = (name: string, endPod: (pod: string) => Promise<unknown>): Fault => ({
    name,
    kills: 0,
    async strike() {
      const met: string[] = [];
      while (met.length === 0) {
        const some = (await activity.until(isRunning)).slice(0, together);
        for (const { id, pod } of some) if (pod !== undefined && (await succeeds(endPod(pod)))) met.push(id);
      }
      willEnd(met);
      return met;
    },
  });

  const killKeep: Fault = {
    name: 'kill -9 of keep',
    kills: 1,
    async strike() {
      const some = await activity.until(isRunning);
      await cluster.onNode('pkill', '--signal', 'KILL', '--full', '^/bin/node /keep.mjs keep');
      return idsOf(some);
    },
  };

  const quota: Fault = {
    name: 'a quota that is used up',
    kills: 0,
    async strike() {
      const before = await activity.putBack();
      const met = new Set<string>();
      await inNamespace('create', 'quota', 'none', '--hard=pods=0');
      try {
        await waitFor('an execution goes back to the queue', async () => {
          for (const id of await activity.putBack()) if (!before.includes(id)) met.add(id);
          return met.size > 0;
        });
      } finally {
        await inNamespace('delete', 'quota', 'none');
      }
      return [...met];
    },
  };

  const lacking = async (): Promise<readonly string[]> => {
    const { items } = podsSchema.parse(JSON.parse(await inNamespace('get', 'pods', '-o', 'json')));
    const without = items.filter(({ status }) =>
      status.containerStatuses.some(({ state: { waiting } }) => /Image/.test(waiting?.reason ?? '')),
    );
    return without.flatMap(({ metadata }) => metadata.labels[podLabels.execution] ?? []);
  };
  const noImage: Fault = {
    name: 'the image of keep missing on the node',
    kills: 0,
    async strike() {
      const met = new Set<string>();
      await cluster.onNode('ctr', '-a', containerdSocket, '-n', 'k8s.io', 'images', 'remove', agentImage);
      try {
        await waitFor('a pod lacks the image of keep', async () => {
          for (const execution of await lacking()) met.add(execution);
          return met.size > 0;
        });
      } finally {
        await cluster.loadImage(agentArchive);
      }
      return [...met];
    },
  };

  return {
    killKeep,
    quota,
    noImage,
    remove: end('a pod deleted', (pod) => inNamespace('delete', 'pod', pod, '--wait=false')),
    removeAtOnce: end('a pod deleted with force and no grace', (pod) =>
      inNamespace('delete', 'pod', pod, '--wait=false', '--force', '--grace-period=0'),
    ),
    evict: end('a pod evicted by the API', (pod) => {
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
      return cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(body));
    }),
  };
}
