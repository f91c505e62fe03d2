import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { addFigures } from './figures.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const examples = new URL('../../examples/', import.meta.url).pathname;
const { signal } = new AbortController();
let agents: ClusterAgents;

beforeAll(async () => {
  agents = await openClusterAgents(cluster, 'agents-run');
});

afterAll(() => agents?.close());

test('the examples have the responses beside them, over Redis', async () => {
  const agent = await agents.open();
  await agent.store.put({ name: 'datasets/sales.csv' }, createReadStream(join(examples, 'datasets/sales.csv')), signal);
  for (const name of ['test-1', 'analysis-1', 'count-nodes', 'stats-1']) {
    const [request, expected] = await Promise.all(
      ['json', 'expected.json'].map((end) => readFile(join(examples, `${name}.${end}`), 'utf8')),
    );
    await agents.publish(request ?? '');
    expect(await agents.answerTo(JSON.parse(request ?? '').correlation_id), name).toMatchObject(
      JSON.parse(expected ?? ''),
    );
  }
  await agent.stop();
  expect(await agents.leftovers()).toEqual([]);
});

test('a command that needs more memory than it may have is OUT_OF_MEMORY', async () => {
  const agent = await agents.open();
  const command = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'];
  const request = { container: { image: 'alpine', command, resources: { memory: '64m' } } };
  expect(await agents.run(request)).toMatchObject({ success: false, error_code: 'OUT_OF_MEMORY' });
  await agent.stop();
});

test('a pod that is deleted while its command runs is RUNTIME_UNAVAILABLE, with what it wrote', async () => {
  const agent = await agents.open();
  const { id, pod } = await agents.sendAndAwaitOutput(shell('echo begun; sleep 300'), 'begun');
  await cluster.kubectl(['-n', agents.namespace, 'delete', pod, '--wait=false']);
  const answer = await agents.answerTo(id);
  expect(answer).toMatchObject({ success: false, error_code: 'RUNTIME_UNAVAILABLE' });
  expect(answer.result?.output).toContain('begun');
  await agent.stop();
  expect(await agents.leftovers()).toEqual([]);
});

test('another agent finishes an execution whose agent was killed, and its command runs once', async () => {
  const first = await agents.start();
  const script = 'echo begun >> /workspace/output/runs; echo begun; sleep 15; echo ended';
  const request = shell(script, { output: { expected_files: ['runs'] } });
  const { id } = await agents.sendAndAwaitOutput(request, 'begun');
  first.kill('SIGKILL');
  await first.ended;
  await agents.start();
  const answer = await agents.answerTo(id);
  const runs = answer.result?.output_files[0]?.content?.split('\n').length ?? 0;
  await addFigures({ lost: answer.success ? 0 : 1, double_runs: Math.max(0, runs - 2) });
  expect(answer).toMatchObject({ success: true, result: { output: 'begun\nended\n' } });
  expect(answer.result?.output_files).toMatchObject([{ name: 'runs', content: 'begun\n' }]);
  expect(await agents.leftovers()).toEqual([]);
});
