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
])('the end of a pod by %s: the command is told, and keep serves until its end', async (what, end) => {
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

test('the kubelet killed as a pod starts: no command runs twice', async () => {
  let doubled = 0;
  let remade = 0;
  const delays = [0, 150, 300, 450, 600, 750];
  for (const [index, delayMs] of delays.entries()) {
    const name = `killed-${index}`;
    await cluster.kubectl(
      ['create', '-f', '-'],
      JSON.stringify(proofPod({ name, order: { command: ['echo', 'ran'] } })),
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
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
  saw(`of ${delays.length} pods ${remade} containers were made anew, ${doubled} commands did not run just once`);
  await addFigures({ double_runs: doubled });
  expect(doubled).toBe(0);
});

test('the API server away: what runs goes on', async () => {
  await begin('unattended', 'echo begun; sleep 3; echo went on');
  await cluster.stopPart('kube-apiserver');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await cluster.startPart('kube-apiserver');
  const isKnown = async () =>
    (await reportsOf(cluster, 'unattended').catch(() => undefined))?.stdout.includes('went on') === true;
  expect(await becomesTrue(isKnown, 60_000)).toBe(true);
  await removePod(cluster, 'unattended');
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
