import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { findNodeLeftovers } from '../faults/cluster/count-node-leftovers.ts';
import { currentRun } from '../parts/run/test-run.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { containerdSocket, pauseImage } from './cluster/write-settings.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'leftovers';

test('findNodeLeftovers: what is planted in the namespace and on the node is counted while it is there', async () => {
  const id = randomUUID();
  const [network, container] = [`cni-${id}`, `planted-${id}`];
  const hierarchy = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(existsSync) ?? '';
  const cgroup = join(hierarchy, currentRun().cgroup, 'planted', `pod${id}`);
  const ctr = ['ctr', '-a', containerdSocket, '-n', 'k8s.io', 'containers'];
  const shim = join(cluster.directory, 'containerd-shim');
  const command = `sleep 600; : ${id}`;
  await writeFile(shim, `#!/bin/sh\nsh -c '${command}' &\nwait\n`, { mode: 0o755 });
  let started = '';
  const find = () => findNodeLeftovers(cluster, namespace, currentRun(), 0);
  const planted = [
    `configmap/${container}`,
    `container ${container}`,
    `network ${network}`,
    expect.stringMatching(new RegExp(`^process \\d+ sh -c ${command}$`)),
    cgroup,
  ];
  await cluster.kubectl(['create', 'namespace', namespace]);
  try {
    expect((await find()).filter((line) => line.includes(id))).toEqual([]);
    await cluster.kubectl(['-n', namespace, 'create', 'configmap', container]);
    await cluster.onNode(...ctr, 'create', pauseImage, container);
    await cluster.onNode('ip', 'netns', 'add', network);
    // One without an interface is what containerd forgets.
    expect(await find()).not.toContain(`network ${network}`);
    await cluster.onNode('ip', '-n', network, 'link', 'add', 'planted0', 'type', 'veth');
    started = await cluster.onNode('sh', '-c', `setsid ${shim} >/dev/null 2>&1 & echo $!`);
    await mkdir(cgroup, { recursive: true });
    const found = async () => (await find()).filter((line) => line.includes(id));
    await expect.poll(found, { timeout: 60_000 }).toHaveLength(planted.length);
    expect(await found()).toEqual(expect.arrayContaining(planted));
  } finally {
    if (started !== '') await cluster.onNode('kill', '-s', 'KILL', '--', `-${started.trim()}`);
    await cluster.onNode(...ctr, 'delete', container).catch(() => undefined);
    await cluster.onNode('ip', 'netns', 'delete', network).catch(() => undefined);
    await rmdir(cgroup).catch(() => undefined);
    await rmdir(join(cgroup, '..')).catch(() => undefined);
    await cluster.kubectl(['delete', 'namespace', namespace]);
  }
  expect((await find()).filter((line) => line.includes(id))).toEqual([]);
});
