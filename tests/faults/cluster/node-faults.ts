import { containerdSocket } from '../../kubernetes/cluster/write-settings.ts';
import type { Fault } from '../fault-world.ts';
import { type ClusterFaultParts, isRunning, sleep, succeeds, waitFor } from './fault-parts.ts';
import { whileEtcdIsFull } from './fill-etcd.ts';

const podInConfig = /"io\.kubernetes\.cri\.sandbox-name":"x-([^"]+)-\d+"/g;

/** What becomes of the node and of the control plane. */
export function nodeFaults({ cluster, agents, activity, marks, willEnd, quick }: ClusterFaultParts) {
  const nodeIsReady = () =>
    cluster.kubectl(['get', 'nodes']).then(
      (text) => / Ready/.test(text),
      () => false,
    );

  const killKubelet: Fault = {
    name: 'kill -9 of the kubelet just after a start',
    kills: 1,
    async strike() {
      const hold = await marks.hold('start', '/.exec-agent/hold');
      try {
        await waitFor('a container of a step starts', async () => hold.isHeld());
        await cluster.stopPart('kubelet');
      } finally {
        await hold.end();
      }
      const met = new Set([...(await hold.configs()).matchAll(podInConfig)].map(([, id = '']) => id));
      willEnd([...met]);
      await cluster.startPart('kubelet');
      return [...met];
    },
  };

  const restartContainerd = (signal: 'SIGTERM' | 'SIGKILL'): Fault => ({
    name: `restart of containerd after ${signal}`,
    kills: 1,
    strike: () =>
      activity.during(async () => {
        await activity.until(isRunning);
        await cluster.stopPart('containerd', signal);
        await cluster.startPart('containerd');
        await waitFor('containerd answers', () => succeeds(cluster.onNode('ctr', '-a', containerdSocket, 'version')));
      }),
  });

  const apiAway: Fault = {
    name: 'the API server away, and an agent killed meanwhile',
    kills: 2,
    strike: () =>
      activity.during(async () => {
        const [chosen] = await activity.until((each) => isRunning(each) && agents.isRunning(each.agent));
        await cluster.stopPart('kube-apiserver');
        // Its executions are taken over meanwhile, and another starts once it can.
        const replacing = agents.kill(chosen === undefined ? [] : [chosen.agent]);
        await sleep(quick ? 5 : 60);
        await cluster.startPart('kube-apiserver');
        await waitFor('the API server answers', nodeIsReady);
        await replacing;
      }),
  };

  const etcdFull: Fault = {
    name: 'etcd full',
    kills: 0,
    strike: () =>
      activity.during(async () => {
        await activity.until(isRunning);
        await whileEtcdIsFull(cluster, () => sleep(quick ? 2 : 15));
      }),
  };

  const drain: Fault = {
    name: 'drain of the node',
    kills: 0,
    async strike() {
      const met = await activity.during(async () => {
        await activity.until(isRunning);
        try {
          await cluster.drain();
        } finally {
          await cluster.uncordon();
        }
      });
      willEnd(met);
      return met;
    },
  };

  return { killKubelet, restartContainerd, apiAway, etcdFull, drain };
}
