import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { statusOf } from './proofs/run-pod.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'keep-run';
const MiB = 1024 ** 2;
let agents: ClusterAgents;

beforeAll(async () => {
  agents = await openClusterAgents(cluster, namespace);
});

afterAll(() => agents?.close());

/** The state of one container of a pod of `sendAndAwaitOutput`. */
async function containerOf(pod: string, container: string) {
  const { containerStatuses = [] } = await statusOf(cluster, pod.replace('pod/', ''), namespace);
  return containerStatuses.find(({ name }) => name === container);
}

describe('keep', () => {
  test('a killed one is started again by the kubelet, and nothing of the command is lost or runs twice', async () => {
    const agent = await agents.open();
    const script = 'echo ran >> /workspace/output/runs; for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done; exit 3';
    const request = shell(script, { output: { expected_files: ['runs'] } });
    const { id, pod } = await agents.sendAndAwaitOutput(request, '2');
    await cluster.onNode('pkill', '--signal', 'KILL', '--full', '^/bin/node /keep.mjs keep');
    const restarts = async () => (await containerOf(pod, 'keep'))?.restartCount;
    await expect.poll(restarts, { timeout: 60_000 }).toBe(1);
    const { result, ...answer } = await agents.answerTo(id);
    expect(answer).toMatchObject({ error_code: 'EXIT_NONZERO' });
    expect(result).toMatchObject({ exit_code: 3, output: '1\n2\n3\n4\n5\n6\n7\n8\n' });
    expect(result?.output_files).toMatchObject([{ name: 'runs', content: 'ran\n' }]);
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });

  test('ends a command at its deadline while no agent is there; the next one reports TIMEOUT', async () => {
    const first = await agents.start();
    const request = shell('echo begun; sleep 1000', { timeout: 15 });
    const { id, pod } = await agents.sendAndAwaitOutput(request, 'begun');
    first.kill('SIGKILL');
    await first.ended;
    const state = async () => (await containerOf(pod, 'step-0'))?.state;
    await expect.poll(state, { timeout: 60_000 }).toHaveProperty('terminated');
    const second = await agents.start();
    const answer = await agents.answerTo(id);
    // It would take requests of the tests after this one.
    second.kill('SIGTERM');
    await second.ended;
    expect(answer).toMatchObject({ success: false, error_code: 'TIMEOUT', result: { output: 'begun\n' } });
    expect(await agents.leftovers()).toEqual([]);
  });

  test('counts what a command writes while it runs: more than it may is OUTPUT_TOO_LARGE', async () => {
    const agent = await agents.open({ outputBytes: 10 * MiB });
    const script = 'dd if=/dev/zero of=/workspace/output/big bs=1M count=30; sleep 1000';
    expect(await agents.run(shell(script))).toMatchObject({
      error_code: 'OUTPUT_TOO_LARGE',
      error: expect.stringContaining('10 MiB'),
    });
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });
});

describe('settings of pods', () => {
  test('a pod comes to a node with a taint that it tolerates, and not without', async () => {
    await cluster.kubectl(['taint', 'nodes', '--all', 'pool=jobs:NoSchedule']);
    try {
      const agent = await agents.open({ kubeTolerations: ['pool=jobs:NoSchedule'] });
      expect(await agents.run(shell('echo ran'))).toMatchObject({ success: true });
      await agent.stop();
      const other = await agents.open({ kubeTolerations: ['pool=others'] });
      await agents.publish({ ...shell('true'), correlation_id: 'waits-for-taint' });
      const reasons = () => cluster.kubectl(['-n', namespace, 'get', 'events', '-o', 'jsonpath={.items[*].message}']);
      await expect.poll(reasons, { timeout: 60_000 }).toContain('untolerated taint');
      await cluster.kubectl(['taint', 'nodes', '--all', 'pool-']);
      expect(await agents.answerTo('waits-for-taint')).toMatchObject({ success: true });
      await other.stop();
    } finally {
      await cluster.kubectl(['taint', 'nodes', '--all', 'pool-']).catch(() => '');
    }
    expect(await agents.leftovers()).toEqual([]);
  });

  test('GPUs are asked for as the resource of the setting; one that no node has is explained', async () => {
    const agent = await agents.open({ kubeGpuResource: 'example.com/gpu', kubeStart: 3 });
    await agents.publish({
      container: { image: 'alpine', command: ['true'], resources: { gpus: 1 } },
      correlation_id: 'gpu',
    });
    const reasons = async () => {
      const events = await cluster.kubectl(['-n', namespace, 'get', 'events', '-o', 'jsonpath={.items[*].message}']);
      // An answer says why there is no event.
      return events + (agents.answers.find(({ correlation_id: id }) => id === 'gpu')?.error ?? '');
    };
    await expect.poll(reasons, { timeout: 60_000 }).toContain('Insufficient example.com/gpu');
    await agents.redis.publish(agents.config.controlChannel, JSON.stringify({ cancel: 'gpu' }));
    expect(await agents.answerTo('gpu')).toMatchObject({ error_code: 'CANCELED' });
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });
});
