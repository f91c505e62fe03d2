import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../kubernetes/cluster/open-cluster.ts';
import { containerdSocket } from '../../kubernetes/cluster/write-settings.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { cgroupDirectories } from '../../parts/run/run-traces.ts';
import type { TestRun } from '../../parts/run/test-run.ts';

/** The kubelet removes what pods leave once a minute. */
const settleMs = 180_000;

/** What an execution could leave in the cluster: pods, volumes that pods claim, and what pods read. */
const kinds = 'pods,persistentvolumeclaims,resourceclaims,secrets,configmaps';

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** What is left of pods in a namespace and on the node, one line each: objects, containers, directories, networks, cgroups. */
export async function findNodeLeftovers(
  cluster: Cluster,
  namespace: string,
  run: TestRun,
  withinMs = settleMs,
): Promise<readonly string[]> {
  const find = async () => [
    ...(await findInNamespace(cluster, namespace)),
    ...(await findOnNode(cluster)),
    ...cgroupDirectories(run.cgroup).filter((path) => /\/pod[0-9a-f-]{36}$/.test(path)),
  ];
  await becomesTrue(async () => (await find()).length === 0, withinMs);
  return find();
}

async function findInNamespace(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const found = linesOf(await cluster.kubectl(['-n', namespace, 'get', kinds, '-o', 'name']));
  // The controller manager puts it into each namespace.
  return found.filter((name) => name !== 'configmap/kube-root-ca.crt');
}

// Containerd that is killed just after it made a namespace forgets that, and no network is in it yet.
const networksInUse =
  'for each in $(ls /run/netns); do ip -n "$each" -brief link | grep -qv "^lo " && echo "$each"; done';

// The shim of a container that ended while containerd was away stays without one: https://github.com/containerd/containerd/issues/6771
const containerProcesses = 'for shim in $(pgrep containerd-shim); do pgrep -a --parent "$shim"; done; true';

async function findOnNode(cluster: Cluster): Promise<readonly string[]> {
  const containers = await cluster.onNode('ctr', '-a', containerdSocket, '-n', 'k8s.io', 'containers', 'list', '-q');
  const processes = await cluster.onNode('sh', '-c', containerProcesses);
  const networks = await cluster.onNode('sh', '-c', `${networksInUse}; ls /run/cni/pods 2>/dev/null || true`);
  const pods = await readdir(join(cluster.directory, 'kubelet/pods'));
  return [
    ...linesOf(containers).map((id) => `container ${id}`),
    ...linesOf(processes).map((line) => `process ${line}`),
    // The rest are bookkeeping of the network plugin.
    ...linesOf(networks)
      .filter((name) => /^(\d+\.|cni-)/.test(name))
      .map((name) => `network ${name}`),
    ...pods.map((uid) => `directory of the pod ${uid}`),
  ];
}
