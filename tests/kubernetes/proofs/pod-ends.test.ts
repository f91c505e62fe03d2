import { afterEach, expect, inject, test } from 'vitest';
import { becomesTrue, succeeds } from '../../parts/poll.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { withObject } from '../cluster/with-object.ts';
import { addFigures } from '../figures.ts';
import { proofPod } from './proof-pod.ts';
import { hasEnded, type PodStatus, reportsOf, runPod, saw, statusOf } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const trap = 'trap "echo told to end; sleep 1; exit 4" TERM; echo begun; while :; do sleep 0.1; done';

/** Runs a script in a pod, and what follows from its first word on. */
async function withScript(name: string, script: string, use: () => Promise<void>): Promise<void> {
  await withObject(cluster, proofPod({ name, order: { command: ['sh', '-c', script] } }), async () => {
    const hasBegun = async () =>
      (await reportsOf(cluster, name).catch(() => undefined))?.stdout.includes('begun') === true;
    expect(await becomesTrue(hasBegun, 60_000)).toBe(true);
    await use();
  });
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
  await withScript(name, trap, async () => {
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
  });
});

/** Each is also true later, because a pod can pass through one between two looks. */
const moments: Readonly<Record<string, (name: string) => Promise<boolean>>> = {
  'it was created': async () => true,
  'a node has it': (name) => hasCondition(name, 'PodScheduled'),
  // With its last container a pod loses its sandbox.
  'its sandbox is there': async (name) =>
    (await hasCondition(name, 'PodReadyToStartContainers')) || hasEnded(await statusOf(cluster, name)),
  'its address is known': async (name) => (await statusOf(cluster, name)).podIP !== undefined,
  'keep runs': async (name) => (await reportsOf(cluster, name).catch(() => ({ reports: [] }))).reports.length > 0,
};

async function hasCondition(name: string, type: string): Promise<boolean> {
  const { conditions = [] } = await statusOf(cluster, name);
  return conditions.some((each) => each.type === type && each.status === 'True');
}

/** Whether the kubelet was killed while it started one of the containers, which is not started again then. */
const isNotStarted = ({ containerStatuses = [] }: PodStatus) =>
  containerStatuses.some(({ state }) => notStarted.includes(state.terminated?.reason ?? ''));
const notStarted = ['StartError', 'ContainerCannotRun', 'ContainerStatusUnknown'];

/** What becomes of a pod that has reached a moment when its kubelet is killed, and started again. */
async function killKubelet(name: string, isReached: (name: string) => Promise<boolean>) {
  return withObject(cluster, proofPod({ name, order: { command: ['echo', 'ran'] } }), async () => {
    const seen = async () => `${name}: ${JSON.stringify(await statusOf(cluster, name))}`;
    if (!(await becomesTrue(() => isReached(name), 90_000))) throw new Error(`not reached by ${await seen()}`);
    await cluster.stopPart('kubelet');
    await cluster.startPart('kubelet');
    let status = await statusOf(cluster, name);
    const isOver = async () => {
      status = await statusOf(cluster, name);
      return hasEnded(status) || isNotStarted(status);
    };
    if (!(await becomesTrue(isOver, 90_000))) throw new Error(`no end of ${await seen()}`);
    const remade = (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
    // A pod can end before its kubelet is killed, which gives logs a while after it was started.
    const { reports, stdout } = isNotStarted(status)
      ? await reportsOf(cluster, name).catch(() => ({ reports: [], stdout: '' }))
      : await succeeds(() => reportsOf(cluster, name), 60_000);
    const began = reports.filter(({ kind }) => kind === 'begun').length;
    expect(stdout).toBe('ran\n'.repeat(began));
    return { isStarted: !isNotStarted(status), remade, began };
  });
}

test('the kubelet killed as a pod starts: no command runs twice', async () => {
  const ends: Awaited<ReturnType<typeof killKubelet>>[] = [];
  for (const [moment, isReached] of Object.entries(moments))
    ends.push(await killKubelet(`killed-${moment.replaceAll(' ', '-')}`, isReached));
  saw(`for each pod, how often a container was made anew and its command began: ${JSON.stringify(ends)}`);
  const doubled = ends.filter(({ began }) => began > 1).length;
  await addFigures({ double_runs: doubled });
  expect(doubled).toBe(0);
  expect(ends.filter(({ isStarted, began }) => isStarted && began === 0)).toEqual([]);
});

test('the API server away: what runs goes on', async () => {
  const name = 'unattended';
  const counting = 'echo begun; i=0; while :; do i=$((i+1)); echo count $i; sleep 0.2; done';
  // The kubelet's file of what keep prints, since the API cannot tell.
  const reached = async () => {
    const text = await cluster.onNode('sh', '-c', `cat /var/log/pods/default_${name}_*/keep/*.log`);
    return Number([...text.matchAll(/count (\d+)/g)].at(-1)?.[1] ?? 0);
  };
  await withScript(name, counting, async () => {
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
  });
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
