import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'faults';
let agents: ClusterAgents;

beforeAll(async () => {
  agents = await openClusterAgents(cluster, namespace);
});

afterAll(() => agents?.close());

const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);

describe('bad input', () => {
  test('an image that does not exist is IMAGE_NOT_FOUND and named', async () => {
    const agent = await agents.open();
    const image = `${agents.registry}/nobody/nothing:1`;
    const answer = await agents.run({ container: { image, command: ['true'] } });
    expect(answer).toMatchObject({ error_code: 'IMAGE_NOT_FOUND', error: expect.stringContaining(image) });
    await agent.stop();
  });

  test('a namespace that does not exist is named when the agent starts', async () => {
    await expect(agents.open({ kubeNamespace: 'nowhere' })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('"nowhere"'),
    });
  });

  test('a setting that is missing is named when the agent starts', async () => {
    await expect(agents.open({ kubeImage: undefined })).rejects.toMatchObject({
      message: expect.stringContaining('EXEC_KUBE_IMAGE'),
    });
  });

  test('a quota that is used up keeps the request in the queue until there is room', async () => {
    await inNamespace('create', 'quota', 'none', '--hard=pods=0');
    const agent = await agents.open();
    const id = 'waits-for-quota';
    await agents.publish({ ...shell('echo ran'), correlation_id: id });
    const refusal = async () => inNamespace('describe', 'quota', 'none');
    await expect.poll(refusal, { timeout: 60_000 }).toContain('pods');
    await inNamespace('delete', 'quota', 'none');
    expect(await agents.answerTo(id)).toMatchObject({ success: true, result: { output: 'ran\n' } });
    await agent.stop();
  });

  test('a pod that no node takes goes back to the queue, and another agent runs it', async () => {
    const agent = await agents.open({ kubeNodeSelector: ['pool=nowhere'], kubeStart: 3 });
    const id = 'no-node';
    await agents.publish({ ...shell('echo ran'), correlation_id: id });
    const podsOf = () => inNamespace('get', 'pods', '-o', 'name');
    await expect.poll(podsOf, { timeout: 60_000 }).toMatch(/-1\n/);
    // The next attempt has the next fence.
    await expect.poll(podsOf, { timeout: 60_000 }).toMatch(/-[2-9]\n/);
    await agent.stop();
    const other = await agents.open();
    expect(await agents.answerTo(id)).toMatchObject({ success: true });
    await other.stop();
    expect(await agents.leftovers()).toEqual([]);
  });
});

describe('a cluster in trouble', () => {
  test('the API server restarts while a command runs, and its response comes', async () => {
    const agent = await agents.open();
    const { id } = await agents.sendAndAwaitOutput(shell('echo begun; sleep 5; echo ended'), 'begun');
    await cluster.stopPart('kube-apiserver');
    await cluster.startPart('kube-apiserver');
    expect(await agents.answerTo(id)).toMatchObject({ success: true, result: { output: 'begun\nended\n' } });
    await expect.poll(() => cluster.kubectl(['get', 'nodes']).catch(() => ''), { timeout: 60_000 }).toContain('Ready');
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });

  test('a container that writes more to the disk than it may is OUTPUT_TOO_LARGE', async () => {
    const agent = await agents.open({ layerBytes: 10 * 1024 ** 2 });
    const answer = await agents.run(shell('dd if=/dev/zero of=/big bs=1M count=40; echo written; sleep 300'));
    expect(answer).toMatchObject({ error_code: 'OUTPUT_TOO_LARGE', error: expect.stringContaining('ephemeral') });
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });

  test('a drained node ends the pod; what the command wrote is in the response', async () => {
    const agent = await agents.open();
    const script = 'echo part > /workspace/output/part; echo begun; sleep 300';
    const request = shell(script, { output: { expected_files: ['part'] } });
    const { id } = await agents.sendAndAwaitOutput(request, 'begun');
    try {
      await cluster.drain();
    } finally {
      await cluster.uncordon();
    }
    const answer = await agents.answerTo(id);
    expect(answer).toMatchObject({ success: false, error_code: 'RUNTIME_UNAVAILABLE' });
    expect(answer.result).toMatchObject({ output: 'begun\n', output_files: [{ name: 'part', content: 'part\n' }] });
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });
});
