import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { describeConnections } from '../../src/runtimes/runtime.contract.ts';
import { podPort } from '../../src/wire/pod/pod.ts';
import { shell } from '../agent/open-test-agent.ts';
import { type Cluster, openCluster } from './cluster/open-cluster.ts';
import { openClusterAgents } from './runtime/open-agents.ts';
import { openKubernetesBench } from './runtime/open-bench.ts';

const cluster = await openCluster(inject('clusterDirectory'));

/** From now on nothing connects to the addresses of pods in that namespace. */
async function closePods({ kubectl }: Cluster, namespace: string): Promise<void> {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  };
  await kubectl(['create', '-f', '-'], JSON.stringify(policy));
}

describeConnections('EXEC_KUBE_REACH=port-forward, without a route to pods', {
  async open() {
    const bench = await openKubernetesBench(cluster, 'forwarded', { reach: 'port-forward' });
    await closePods(cluster, bench.namespace);
    return bench;
  },
  skip: [
    {
      case: 'what is written to the root filesystem is bounded, or can be measured while it is',
      reason: 'the kubelet looks at a root filesystem now and then, and evicts the pod',
    },
  ],
});

test('EXEC_KUBE_REACH=port-forward: an execution survives a restart of the API server that its agent connects through', async () => {
  const agents = await openClusterAgents(cluster, 'forwarded-agents');
  try {
    await closePods(cluster, agents.namespace);
    const agent = await agents.open({ kubeReach: 'port-forward' });
    const script = 'echo part > /workspace/output/part; echo begun; sleep 5; echo ended';
    const request = shell(script, { output: { expected_files: ['part'] } });
    const { id, pod } = await agents.sendAndAwaitOutput(request, 'begun');
    const address = ['get', pod, '-o', 'jsonpath={.status.podIP}'];
    expect(await connects(await cluster.kubectl(['-n', agents.namespace, ...address]))).toBe(false);
    await cluster.stopPart('kube-apiserver');
    await cluster.startPart('kube-apiserver');
    expect(await agents.answerTo(id)).toMatchObject({
      success: true,
      result: { output: 'begun\nended\n', output_files: [{ name: 'part', content: 'part\n' }] },
    });
    await expect.poll(() => cluster.kubectl(['get', 'nodes']).catch(() => ''), { timeout: 60_000 }).toContain('Ready');
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  } finally {
    await agents.close();
  }
});

/** Whether the host connects to the pod; a connection that is not answered takes this long to fail. */
function connects(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: podPort, timeout: 2_000 });
    const settle = (outcome: boolean) => () => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
