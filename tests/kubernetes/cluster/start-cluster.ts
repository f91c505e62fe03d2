import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { becomesTrue } from '../../parts/poll.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { removeCgroups } from '../../parts/run/remove-run.ts';
import { claimSubnet, type Subnet } from './claim-subnet.ts';
import { makePauseArchive } from './make-pause-archive.ts';
import { type ClusterPlace, placeFile } from './open-cluster.ts';
import { writeSettings } from './write-settings.ts';

export interface ClusterOptions {
  /** New or empty; on a disk. */
  readonly directory: string;
  /** From `buildPrograms`. */
  readonly programs: string;
  /** Parent of all its cgroups, below the mount of each hierarchy. */
  readonly cgroup: string;
  /** Image archives that the node has from the start. */
  readonly images: readonly string[];
  /** What runs containers in place of runc. */
  readonly runc?: string;
  /** How large the data of etcd may become; absent: as large as its default says. */
  readonly etcdQuotaBytes?: number;
}

export interface StartedCluster {
  /** Ends everything on the node at once and removes its cgroups; safe to call twice. */
  stop(): Promise<void>;
}

const readyWithinMs = 300_000;
const endWithinMs = 30_000;
const forkWithinMs = 10_000;

/**
 * Brings a real cluster of one node up; needs root. All that it makes on the host is one network interface and its cgroups.
 */
export async function startCluster(options: ClusterOptions): Promise<StartedCluster> {
  const { directory, programs } = options;
  const node = await startNode(directory);
  try {
    const init = await findInit(node);
    const subnet = await connect(init, directory);
    await prepareNode(options, subnet);
    const place: ClusterPlace = { programs, subnet, init };
    await writeFile(join(directory, placeFile), JSON.stringify(place));
    await writeFile(join(directory, 'prepared'), '');
    const isReady = () => existsSync(join(directory, 'ready'));
    await becomesTrue(() => isReady() || hasEnded(node), readyWithinMs);
    if (!isReady()) throw new Error(`the node did not become ready: ${await lastLines(directory)}`);
  } catch (error) {
    await stopNode(node, options);
    throw error;
  }
  return { stop: () => stopNode(node, options) };
}

async function prepareNode(options: ClusterOptions, subnet: Subnet): Promise<void> {
  const { directory } = options;
  await writeSettings({ ...options, subnet });
  await makePauseArchive(join(directory, 'images/pause.tar'));
  for (const [index, image] of options.images.entries())
    await copyFile(image, join(directory, 'images', `${index}.tar`));
  await runCommand(join(import.meta.dirname, 'make-certificates.sh'), directory);
}

/** Starts the namespaces of the node, which waits until it is prepared. */
async function startNode(directory: string): Promise<ChildProcess> {
  await mkdir(join(directory, 'log'), { recursive: true });
  await using log = await open(join(directory, 'log/node.log'), 'a');
  const namespaces = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const script = [join(import.meta.dirname, 'node.sh'), directory];
  // The kernel ends the node when this process dies.
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...namespaces, ...script], {
    stdio: ['ignore', log.fd, log.fd],
  });
}

async function findInit({ pid }: ChildProcess): Promise<number> {
  let init = 0;
  await becomesTrue(async () => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    init = Number.parseInt(children, 10) || 0;
    return init > 0;
  }, forkWithinMs);
  if (init === 0) throw new Error('unshare did not start the node');
  return init;
}

/** Lays a link between the host and the node, which bears the node's directory and is gone with the node. */
async function connect(init: number, directory: string): Promise<Subnet> {
  const ip = (...args: string[]) => runCommand('ip', ...args);
  const peer = ['type', 'veth', 'peer', 'name', 'node0', 'netns', String(init)];
  const subnet = await claimSubnet((link) => ip('link', 'add', link, ...peer));
  const { link, hostIp, nodeIp, podCidr } = subnet;
  await ip('link', 'set', link, 'alias', directory);
  await ip('address', 'add', `${hostIp}/24`, 'dev', link);
  await ip('link', 'set', link, 'up');
  await ip('route', 'add', podCidr, 'via', nodeIp, 'dev', link);
  return subnet;
}

function hasEnded(node: ChildProcess): boolean {
  return node.exitCode !== null || node.signalCode !== null;
}

async function stopNode(node: ChildProcess, { cgroup }: ClusterOptions): Promise<void> {
  if (!hasEnded(node)) {
    const ended = once(node, 'exit');
    node.kill('SIGKILL');
    await ended;
  }
  // Processes that were killed are in their groups until they have ended.
  const isRemoved = () => {
    try {
      removeCgroups(cgroup);
      return true;
    } catch {
      return false;
    }
  };
  if (!(await becomesTrue(isRemoved, endWithinMs))) throw new Error(`processes of the node did not end; see ${cgroup}`);
}

async function lastLines(directory: string): Promise<string> {
  const log = await readFile(join(directory, 'log/node.log'), 'utf8');
  return log.trim().split('\n').slice(-5).join(' | ');
}
