import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { becomesTrue } from '../../parts/poll.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import type { Subnet } from './claim-subnet.ts';
import { runWithInput } from './run-with-input.ts';
import { containerdSocket, nodeName } from './write-settings.ts';

export type NodePart =
  | 'containerd'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'network-policy';

/** A node with its control plane. The host reaches the API and every pod by a route. */
export interface Cluster {
  readonly directory: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  readonly apiUrl: string;
  readonly caFile: string;
  readonly subnet: Subnet;
  /** Runs kubectl as the administrator, with a text on its stdin, and returns its stdout. @throws with its stderr */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Runs a command in the node's namespaces and returns its stdout. */
  onNode(...command: readonly string[]): Promise<string>;
  /** Gives the node the images of a file that `docker save` wrote. */
  loadImage(archive: string): Promise<void>;
  /** Ends a part as a crash does, or with the signal, and waits until it has ended. */
  stopPart(part: NodePart, signal?: NodeJS.Signals): Promise<void>;
  /** Waits until it is there; the kubelet also serves then. */
  startPart(part: NodePart): Promise<void>;
  /** Evicts all pods of the node and keeps new ones away until `uncordon`. */
  drain(): Promise<void>;
  uncordon(): Promise<void>;
}

/** What `startCluster` writes for the processes that use it. */
export interface ClusterPlace {
  readonly programs: string;
  readonly subnet: Subnet;
  /** The first process of the node's namespaces. */
  readonly init: number;
}

export const placeFile = 'place.json';

const withinMs = 60_000;
/** As in part.sh. */
const kubeletPort = 10_250;

/** The cluster of that directory, which another process may have started. */
export async function openCluster(directory: string): Promise<Cluster> {
  const place: ClusterPlace = JSON.parse(await readFile(join(directory, placeFile), 'utf8'));
  const { programs, subnet, init } = place;
  const kubeconfig = join(directory, 'pki/admin.kubeconfig');
  const kubectl = [join(programs, 'kubectl'), '--kubeconfig', kubeconfig];
  const enter = ['nsenter', '--target', String(init), '--mount', '--net', '--pid', '--'];
  const pidsOf = async (part: NodePart) => {
    const ofNode = ['--ns', String(init), '--nslist', 'pid'];
    // With nothing found it ends with 1.
    const found = await runCommand('pgrep', ...ofNode, '--full', `^${part} `).catch(() => '');
    return found.split('\n').filter((line) => line !== '');
  };
  // A kubelet that cannot work ends a moment after it was started.
  const serves = async (part: NodePart) =>
    part !== 'kubelet' || (await runWithInput([...enter, 'ss', '-Hltn', `sport = :${kubeletPort}`])) !== '';
  return {
    directory,
    kubeconfig,
    apiUrl: `https://${subnet.nodeIp}:6443`,
    caFile: join(directory, 'pki/ca.crt'),
    subnet,
    kubectl: (args, stdin) => runWithInput([...kubectl, ...args], stdin),
    onNode: (...command) => runWithInput([...enter, ...command]),
    async loadImage(archive) {
      const ctr = [join(programs, 'ctr'), '--address', containerdSocket, '--namespace', 'k8s.io'];
      await runWithInput([...enter, ...ctr, 'images', 'import', archive]);
    },
    async stopPart(part, signal = 'SIGKILL') {
      for (const pid of await pidsOf(part)) process.kill(Number(pid), signal);
      if (!(await becomesTrue(async () => (await pidsOf(part)).length === 0, withinMs)))
        throw new Error(`${part} did not end by ${signal}`);
    },
    async startPart(part) {
      const [program = '', ...args] = [...enter, join(import.meta.dirname, 'part.sh'), directory, part];
      spawn(program, args, { stdio: 'ignore', detached: true }).unref();
      const isThere = async () => (await pidsOf(part)).length > 0 && (await serves(part));
      if (!(await becomesTrue(isThere, withinMs)))
        throw new Error(`${part} did not start; its log is ${join(directory, 'log', `${part}.log`)}`);
    },
    async drain() {
      const flags = ['--force', '--delete-emptydir-data', '--ignore-daemonsets', '--timeout=180s'];
      await runWithInput([...kubectl, 'drain', nodeName, ...flags]);
    },
    async uncordon() {
      await runWithInput([...kubectl, 'uncordon', nodeName]);
    },
  };
}
