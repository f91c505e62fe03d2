import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deployment, run } from '../../src/runtimes/contract/bench.contract.ts';
import { noWarm } from '../../src/runtimes/warm/warm-options.ts';
import { shell } from '../agent/open-test-agent.ts';
import { becomesTrue } from '../parts/poll.ts';
import { eagerWarm } from '../warm/open-warm-sandboxes.ts';
import { describeWarmContract, testWarmContainers, type WarmBench } from '../warm/warm.cases.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { openClusterAgents } from './runtime/open-agents.ts';
import { type KubernetesBench, openKubernetesBench } from './runtime/open-bench.ts';
import { openKubernetesWarmBench, podsThatWait } from './runtime/open-warm-bench.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const patienceMs = 180_000;

// Any agent can start what another one created in a pod.
describeWarmContract(() => openKubernetesWarmBench(cluster, 'warm-contract'), []);

describe('a warm pod', () => {
  const namespace = 'warm';
  let bench: KubernetesBench & WarmBench;
  beforeAll(async () => {
    bench = await openKubernetesWarmBench(cluster, namespace);
  });
  afterAll(() => bench?.close());
  const waits = () => becomesTrue(async () => (await bench.waiting()).length === 1, patienceMs);

  test('warm pod: gives its command the same as one that is made for it', async () => {
    const script = `tr '\\0' '\\n' < /proc/self/environ | sort; ls -l /proc/self/fd/ | sed 's/.*[0-9] //'
      grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|Cap|Seccomp|NoNew|Uid|Gid|Groups|PPid)' /proc/$$/status; ls /sys/class/net
      ulimit -a; umask; pwd; find / -xdev 2>/dev/null | sort; find /workspace /tmp | sort; cut -d' ' -f5-6 /proc/self/mountinfo | sort
      cat /proc/net/dev | cut -d: -f1; cat /proc/1/cmdline`;
    const options = { script, env: { HOME: '/tmp', NEW: 'a=b', PATH: '/bin:/usr/bin' } };
    const made = await bench.open({ warm: noWarm });
    const [warm, cold] = [await run(bench, options), await run({ ...bench, runtime: made }, options)];
    const plain = ({ stdout }: typeof warm) => stdout.replaceAll(/(pipe|socket):\[\d+\]/g, '*');
    expect(plain(warm)).toBe(plain(cold));
  });

  test('warm pod: one with another image is not used', async () => {
    const other = await bench.images.make({ name: 'other', files: { 'etc/which': 'other\n' } });
    expect(await waits()).toBe(true);
    expect((await run(bench, { reference: other, command: ['cat', '/etc/which'] })).stdout).toBe('other\n');
  });

  test('warm pod: one that is deleted is not used', async () => {
    expect(await waits()).toBe(true);
    const [pod = ''] = await bench.waiting();
    await cluster.kubectl(['-n', namespace, 'delete', 'pod', pod, '--wait=false']);
    expect((await run(bench, { script: 'echo ran' })).stdout).toBe('ran\n');
  });

  test('warm pod: another agent does not sweep one whose agent is there', async () => {
    await run(bench, { script: 'true' });
    expect(await waits()).toBe(true);
    const [pod] = await bench.waiting();
    const other = await bench.open({ warm: noWarm });
    expect(await other.sweep(deployment, async () => false)).toEqual([]);
    expect(await bench.waiting()).toEqual([pod]);
  });

  testWarmContainers(() => bench, undefined, { anyAgentStarts: true });
});

test('warm pod: gives its room to an execution that a quota has no room for', async () => {
  const namespace = 'warm-quota';
  const limits = { ...eagerWarm.limits, retryMs: 10 * patienceMs };
  const bench = await openKubernetesBench(cluster, namespace, { warm: { ...eagerWarm, limits } });
  try {
    const waiting = () => podsThatWait(cluster, namespace);
    await run(bench, { script: 'true' });
    expect(await becomesTrue(async () => (await waiting()).length === 1, patienceMs)).toBe(true);
    const quota = ['-n', namespace, 'get', 'quota', 'one', '-o', 'jsonpath={.status.used.pods}'];
    await cluster.kubectl(['-n', namespace, 'create', 'quota', 'one', '--hard=pods=1']);
    expect(await becomesTrue(async () => (await cluster.kubectl(quota)) === '1', patienceMs)).toBe(true);
    const box = { resources: { memoryBytes: 128 * 1024 ** 2 } };
    expect((await run(bench, { script: 'echo ran', box })).stdout).toBe('ran\n');
    expect(await waiting()).toEqual([]);
  } finally {
    await bench.close();
  }
});

test('warm pod: those of an agent that was killed are deleted, and an execution in one is finished by another', async () => {
  const agents = await openClusterAgents(cluster, 'warm-agents');
  try {
    const first = await agents.start({ warmContainers: 1 });
    const pods = () => podsThatWait(cluster, agents.namespace);
    for (const id of ['one', 'two']) {
      await agents.publish({ ...shell('true'), correlation_id: id });
      expect(await agents.answerTo(id)).toMatchObject({ success: true });
    }
    expect(await becomesTrue(async () => (await pods()).length === 1, patienceMs)).toBe(true);
    const [warm] = await pods();
    const script = 'echo begun >> /workspace/output/runs; echo begun; sleep 15; echo ended';
    const request = shell(script, { output: { expected_files: ['runs'] } });
    const { id, pod } = await agents.sendAndAwaitOutput(request, 'begun');
    expect(pod).toBe(`pod/${warm}`);
    expect(await becomesTrue(async () => (await pods()).length === 1, patienceMs)).toBe(true);
    first.kill('SIGKILL');
    await first.ended;
    await agents.start({ warmContainers: 0 });
    const answer = await agents.answerTo(id);
    expect(answer).toMatchObject({ success: true, result: { output: 'begun\nended\n' } });
    expect(answer.result?.output_files).toMatchObject([{ name: 'runs', content: 'begun\n' }]);
    expect(await becomesTrue(async () => (await agents.leftovers()).length === 0, patienceMs)).toBe(true);
  } finally {
    await agents.close();
  }
});
