import { z } from 'zod';
import { createApiClient } from '../../src/runtimes/kubernetes/api/api-client.ts';
import { pods } from '../../src/runtimes/kubernetes/api/api-resource.ts';
import { loadKubeconfig } from '../../src/runtimes/kubernetes/api/credentials/load-kubeconfig.ts';
import { followResource } from '../../src/runtimes/kubernetes/api/watch/follow-resource.ts';
import { hasEnded, podSchema } from '../../src/runtimes/kubernetes/pods/pod-schema.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import type { Cluster } from '../../tests/kubernetes/cluster/open-cluster.ts';
import { benchNamespace } from './open-bench-cluster.ts';

/** Pods that run `true` and nothing else, as a program with access to the cluster would make them. */
export interface BarePods {
  /** From its POST until a watch shows that it has ended. */
  run(): Promise<void>;
  /** Deletes those that have ended. */
  clear(): Promise<void>;
  close(): void;
}

const limits = { connectTimeoutMs: 10_000, callTimeoutMs: 60_000, answerBytes: 64 * 1024 ** 2, idleConnections: 8 };
const watchLimits = { watchMs: 600_000, idleMs: 120_000, eventBytes: 2 * 1024 ** 2 };

/** @param image that the node has */
export async function openBarePods(cluster: Cluster, image: string): Promise<BarePods> {
  const environment = process.env;
  const path = cluster.kubeconfig;
  const access = await loadKubeconfig({ path, environment, pluginTimeoutMs: 10_000, clock: systemClock });
  const client = createApiClient(access, limits);
  const place = { resource: pods, namespace: benchNamespace };
  const closing = new AbortController();
  const { signal } = closing;
  const waiting = new Map<string, () => void>();
  const ended: string[] = [];
  let number = 0;
  const follow = async () => {
    const options = { pageItems: 500, backoffMs: 100, backoffMaxMs: 1_000, onTrouble: () => undefined };
    const query = { labelSelector: 'bench=bare' };
    const changes = followResource(client, {
      ...options,
      place,
      query,
      schema: podSchema,
      limits: watchLimits,
      signal,
    });
    for await (const change of changes) {
      const items = change.kind === 'listed' ? change.items : [change.item];
      for (const pod of items) if (hasEnded(pod)) waiting.get(pod.metadata.name)?.();
    }
  };
  void follow().catch(() => undefined);
  return {
    async run() {
      number += 1;
      const name = `bare-${number}`;
      const seen = new Promise<void>((resolve) => waiting.set(name, resolve));
      await client.create(place, barePod(name, image), z.unknown(), { signal });
      await seen;
      waiting.delete(name);
      ended.push(name);
    },
    async clear() {
      for (const name of ended.splice(0)) await client.delete(place, name, { graceSeconds: 0 }, signal);
    },
    close() {
      closing.abort(new Error('the measurement is over'));
      client.close();
    },
  };
}

function barePod(name: string, image: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: benchNamespace, labels: { bench: 'bare' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [{ name: 'c', image, imagePullPolicy: 'IfNotPresent', command: ['true'] }],
    },
  };
}
