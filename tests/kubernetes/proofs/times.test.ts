import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { createApiClient } from '../../../src/runtimes/kubernetes/api/api-client.ts';
import { pods } from '../../../src/runtimes/kubernetes/api/api-resource.ts';
import { loadKubeconfig } from '../../../src/runtimes/kubernetes/api/credentials/load-kubeconfig.ts';
import { watchOnce } from '../../../src/runtimes/kubernetes/api/watch/watch-once.ts';
import { systemClock } from '../../../src/support/time/clock.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { proofPod, stepImage } from './proof-pod.ts';
import { saw } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const access = await loadKubeconfig({
  path: cluster.kubeconfig,
  environment: {},
  pluginTimeoutMs: 1,
  clock: systemClock,
});
const client = createApiClient(access, {
  connectTimeoutMs: 5_000,
  callTimeoutMs: 30_000,
  answerBytes: 1e7,
  idleConnections: 4,
});
afterAll(() => client.close());

const place = { resource: pods, namespace: 'default' };
const schema = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
  status: z.object({
    phase: z.string(),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
  }),
});
type Pod = z.infer<typeof schema>;
const limits = { watchMs: 240_000, idleMs: 150_000, eventBytes: 4_000_000 };
const rounds = 5;

/** Milliseconds from the POST to each state, as a watch saw it. */
async function timesOf(
  pod: { readonly metadata: { readonly name: string } },
  states: Readonly<Record<string, (pod: Pod) => boolean>>,
) {
  const ending = new AbortController();
  const begun = performance.now();
  const { metadata } = await client.create(place, pod, schema, { signal: ending.signal });
  const times: Record<string, number> = {};
  let last: Pod | undefined;
  const query = { fieldSelector: `metadata.name=${metadata.name}` };
  for await (const { item } of watchOnce(client, metadata.resourceVersion, {
    place,
    query,
    schema,
    limits,
    signal: ending.signal,
  })) {
    if (item === undefined) continue;
    last = item;
    for (const [name, isIn] of Object.entries(states)) if (isIn(item)) times[name] ??= performance.now() - begun;
    if (Object.keys(states).every((name) => name in times)) break;
  }
  if (last?.status.podIP !== undefined && 'ip' in states) {
    const socket = connect(9443, last.status.podIP);
    await once(socket, 'data').then(
      () => (times.dialed = performance.now() - begun),
      () => undefined,
    );
    socket.destroy();
  }
  await client.delete(place, metadata.name, { graceSeconds: 0 }, ending.signal);
  return times;
}

function median(times: readonly Record<string, number>[], name: string): number {
  const sorted = times.map((each) => each[name] ?? Number.NaN).sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

const hasCondition = ({ status }: Pod, type: string) =>
  status.conditions?.some((each) => each.type === type && each.status === 'True') === true;

test('times: a pod with hold is dialed before the end of a bare pod is seen', async () => {
  const bare: Record<string, number>[] = [];
  const held: Record<string, number>[] = [];
  const step = { name: 'c', image: stepImage, imagePullPolicy: 'IfNotPresent', command: ['true'] };
  for (let round = 0; round < rounds; round += 1) {
    const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [step] };
    const simple = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `bare-${round}`, namespace: 'default' }, spec };
    bare.push(await timesOf(simple, { end: ({ status }) => status.phase === 'Succeeded' }));
    const pod = proofPod({ name: `held-${round}`, order: { command: ['sleep', '30'] } });
    held.push(
      await timesOf(pod, {
        sandbox: (each) => hasCondition(each, 'PodReadyToStartContainers'),
        ip: ({ status }) => status.podIP !== undefined,
      }),
    );
  }
  saw(
    `medians of ${rounds}, ms from POST: bare pod seen as ended ${median(bare, 'end')}; pod with hold: sandbox ${median(held, 'sandbox')}, address ${median(held, 'ip')}, dialed ${median(held, 'dialed')}`,
  );
  expect(held.every(({ dialed }) => dialed !== undefined)).toBe(true);
});
