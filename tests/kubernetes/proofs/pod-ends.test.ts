import { afterEach, expect, inject, test } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { addFigures } from '../figures.ts';
import { proofPod } from './proof-pod.ts';
import { removePod, reportsOf, runPod, saw, statusOf } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const trap = 'trap "echo told to end; sleep 1; exit 4" TERM; echo begun; while :; do sleep 0.1; done';

async function begin(name: string, script: string) {
  await cluster.kubectl(
    ['create', '-f', '-'],
    JSON.stringify(proofPod({ name, order: { command: ['sh', '-c', script] } })),
  );
  expect(
    await becomesTrue(
      async () => (await reportsOf(cluster, name).catch(() => undefined))?.stdout.includes('begun') === true,
      60_000,
    ),
  ).toBe(true);
}

afterEach(() => cluster.uncordon());

test.each([
  ['a delete', (name: string) => cluster.kubectl(['delete', 'pod', name, '--wait=false'])],
  [
    'a drain of the node',
    () =>
      cluster
        .kubectl(['drain', 'node1', '--force', '--delete-emptydir-data', '--ignore-daemonsets', '--timeout=1s'])
        .catch(() => ''),
  ],
])('the end of a pod by %s: the command gets a signal, and keep serves until its end', async (what, end) => {
  const name = `ended-${what.length}`;
  await begin(name, trap);
  let last: Awaited<ReturnType<typeof reportsOf>> | undefined;
  await end(name);
  // keep is there and knows the end, though the pod is being deleted.
  const isKnown = async () => {
    last = (await reportsOf(cluster, name).catch(() => undefined)) ?? last;
    return last?.reports.some(({ kind }) => kind === 'exited') === true;
  };
  const isSeen = await becomesTrue(isKnown, 30_000);
  saw(JSON.stringify(last?.reports.slice(-3)));
  expect(isSeen).toBe(true);
  expect(last?.stdout).toContain('told to end');
  expect(last?.reports.at(-1)).toMatchObject({ kind: 'exited', code: 4 });
  await removePod(cluster, name);
});

/** Each is also true later, because a pod can pass through one between two looks. */
const moments: Readonly<Record<string, (name: string) => Promise<boolean>>> = {
  'it was created': async () => true,
  'a node has it': (name) => hasCondition(name, 'PodScheduled'),
  'its sandbox is there': (name) => hasCondition(name, 'PodReadyToStartContainers'),
  'its address is known': async (name) => (await statusOf(cluster, name)).podIP !== undefined,
  'keep runs': async (name) => (await reportsOf(cluster, name).catch(() => ({ reports: [] }))).reports.length > 0,
};

async function hasCondition(name: string, type: string): Promise<boolean> {
  const { conditions = [] } = await statusOf(cluster, name);
  return conditions.some((each) => each.type === type && each.status === 'True');
}

test('the kubelet killed as a pod starts: no command runs twice', async () => {
  let doubled = 0;
  let remade = 0;
  for (const [index, [moment, isReached]] of Object.entries(moments).entries()) {
    const name = `killed-${index}`;
    await cluster.kubectl(
      ['create', '-f', '-'],
      JSON.stringify(proofPod({ name, order: { command: ['echo', 'ran'] } })),
    );
    expect(await becomesTrue(() => isReached(name), 90_000), moment).toBe(true);
    await cluster.stopPart('kubelet');
    await cluster.startPart('kubelet');
    const isEnded = async () => ['Succeeded', 'Failed'].includes((await statusOf(cluster, name)).phase);
    expect(await becomesTrue(isEnded, 90_000)).toBe(true);
    const { reports, stdout } = await reportsOf(cluster, name);
    const { containerStatuses = [] } = await statusOf(cluster, name);
    remade += containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
    if (reports.filter(({ kind }) => kind === 'begun').length > 1 || stdout !== 'ran\n') doubled += 1;
    await removePod(cluster, name);
  }
  const count = Object.keys(moments).length;
  saw(`of ${count} pods ${remade} containers were made anew, ${doubled} commands did not run just once`);
  await addFigures({ double_runs: doubled });
  expect(doubled).toBe(0);
});

test('the API server away: what runs goes on', async () => {
  const name = 'unattended';
  const counting = 'echo begun; i=0; while :; do i=$((i+1)); echo count $i; sleep 0.2; done';
  // The kubelet's file of what keep prints, since the API cannot tell.
  const reached = async () => {
    const text = await cluster.onNode('sh', '-c', `cat /var/log/pods/default_${name}_*/keep/*.log`);
    return Number([...text.matchAll(/count (\d+)/g)].at(-1)?.[1] ?? 0);
  };
  await begin(name, counting);
  await cluster.stopPart('kube-apiserver');
  const before = await reached();
  const goesOn = await becomesTrue(async () => (await reached()) > before + 5, 60_000);
  await cluster.startPart('kube-apiserver');
  expect(goesOn).toBe(true);
  const isKnown = async () => {
    const known = await reportsOf(cluster, name).catch(() => undefined);
    return known?.stdout.includes(`count ${before + 5}\n`) === true;
  };
  expect(await becomesTrue(isKnown, 60_000)).toBe(true);
  await removePod(cluster, name);
});

test('a disk limit: the kubelet evicts the pod, and only an event says so where all containers end well', async () => {
  const command = ['sh', '-c', 'dd if=/dev/zero of=/tmp/big bs=1M count=40; sleep 300'];
  const pod = proofPod({ name: 'evicted', order: { command }, limits: { 'ephemeral-storage': '10Mi' } });
  const { status } = await runPod(cluster, pod);
  const about = 'involvedObject.name=evicted,reason=Evicted';
  const events = async () =>
    JSON.parse(await cluster.kubectl(['get', 'events', '--field-selector', about, '-o', 'json']));
  expect(await becomesTrue(async () => (await events()).items.length > 0, 30_000)).toBe(true);
  const { message } = (await events()).items[0];
  saw(`phase ${status.phase}, reason ${status.reason}, ${JSON.stringify(status.conditions)}; event: ${message}`);
  expect(message).toContain('ephemeral local storage usage exceeds');
});
