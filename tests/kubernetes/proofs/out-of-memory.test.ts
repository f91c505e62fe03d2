import { expect, inject, test } from 'vitest';
import { openCluster } from '../cluster/open-cluster.ts';
import { proofPod } from './proof-pod.ts';
import { runPod, saw } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const isGroupsV1 = (await cluster.onNode('ls', '/sys/fs/cgroup')).includes('memory');
const grow = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';

/** How often the kernel killed a process of the container for its memory, by its own counters. */
function killsIn(counters: unknown): number {
  const text = JSON.stringify(counters);
  return Number(/oom_kill (\d+)/.exec(text)?.[1] ?? 0);
}

test.skipIf(!isGroupsV1)(
  'out of memory, cgroup v1: hold survives the command and its counters tell why it ended',
  async () => {
    const { reports, status } = await runPod(
      cluster,
      proofPod({ name: 'oom', limits: { memory: '32Mi' }, order: { command: ['sh', '-c', grow] } }),
    );
    const end = reports.at(-1);
    const state = status.containerStatuses?.find(({ name }) => name === 'step-0')?.state.terminated;
    saw(`${JSON.stringify(end)}\npod status: ${JSON.stringify(state)}`);
    expect(end).toMatchObject({ kind: 'exited', signal: 9 });
    expect(killsIn(end?.counters)).toBeGreaterThan(0);
  },
);

test.skipIf(!isGroupsV1)(
  'out of memory, cgroup v1: the pod’s status calls a command that went on OOMKilled',
  async () => {
    const survive = `sh -c '${grow}'; echo went on; exit 0`;
    const { reports, stdout, status } = await runPod(
      cluster,
      proofPod({ name: 'oom-child', limits: { memory: '32Mi' }, order: { command: ['sh', '-c', survive] } }),
    );
    const state = status.containerStatuses?.find(({ name }) => name === 'step-0')?.state.terminated;
    saw(`${JSON.stringify(reports.at(-1))}\npod status: ${JSON.stringify(state)}`);
    expect(stdout).toContain('went on');
    expect(reports.at(-1)).toMatchObject({ kind: 'exited', code: 0 });
    expect(state).toMatchObject({ exitCode: 0, reason: 'OOMKilled' });
  },
);
