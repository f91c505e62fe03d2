import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { readKernelFile } from '../../../support/files/read-kernel-file.ts';
import { signalProcess } from '../../../support/processes/process-identity.ts';
import { type GroupLayout, hierarchiesOf } from '../../groups/group-layout.ts';
import { type PlaceOf, placeOf, readMemoryKills, readUsage, type Usage } from '../../groups/read-usage.ts';
import { removeGroup } from '../../groups/remove-group.ts';

/**
 * The cgroup of one container. Unless the launcher enters it, the OCI runtime makes a group of its own inside it
 * and removes that with the container; this one stays until the agent has read what was used. A process
 * belongs to the container exactly if it is in this cgroup, so a reused pid is never mistaken for one of the container.
 */
export interface Cgroup {
  /** Below every hierarchy. */
  readonly path: string;
  /** For `linux.cgroupsPath`. */
  readonly innerPath: string;
  /** For a container whose launcher does not make it. */
  create(limits: { readonly memoryBytes: number }): Promise<void>;
  /** Undefined when the group is gone, as after a reboot. */
  usage(): Usage | undefined;
  /** `killed`: the kernel ended a process for it. v1 tells only that the limit was `met`, which can also end well. */
  memoryLimit(): 'kept' | 'met' | 'killed';
  holds(pid: number): boolean;
  /** SIGKILL to every process in it; how many there were. */
  kill(): number;
  remove(): Promise<void>;
}

/** Above the groups of all containers. */
const groupRoot = '/exec-agent';
const inner = 'container';
// The kernel takes memory from a group in batches of 64 pages.
const chargedAtOnce = 64 * 4096;

/**
 * @param name of the container, unique on this machine. Groups lie side by side: one for each deployment above them could
 * never be removed safely, since an engine may be about to make a group in it.
 */
export function createCgroup(layout: GroupLayout, name: string): Cgroup {
  const path = join(groupRoot, name);
  const innerPath = join(path, inner);
  const at = placeOf(layout, path);

  /** Of every hierarchy: a process that was on its way in may be in some only. */
  function processes(): ReadonlySet<number> {
    const groups = hierarchiesOf(layout).flatMap((mount) => [join(mount, path), join(mount, innerPath)]);
    const lists = groups.map((group) => readKernelFile(join(group, 'cgroup.procs')));
    const pids = lists.flatMap((list) => list?.trim().split('\n') ?? []);
    // A process of another pid namespace is 0, which as a pid to signal means this agent.
    return new Set(pids.map(Number).filter((pid) => pid > 0));
  }

  return {
    path,
    innerPath,
    async create({ memoryBytes }) {
      if (layout.kind === 'v2') await delegate(layout.root, path);
      await Promise.all([...new Set([at('memory'), at('cpuacct')])].map((place) => mkdir(place, { recursive: true })));
      await writeFile(at('memory', layout.kind === 'v2' ? 'memory.max' : 'memory.limit_in_bytes'), String(memoryBytes));
    },
    usage: () => readUsage(layout, path),
    memoryLimit() {
      if (layout.kind === 'v1') return readFirstLimit(at);
      return readMemoryKills(layout, path) ? 'killed' : 'kept';
    },
    holds(pid) {
      const text = readKernelFile(`/proc/${pid}/cgroup`) ?? '';
      return text.split('\n').some((line) => line.endsWith(`${path}/${inner}`) || line.endsWith(path));
    },
    kill() {
      const pids = processes();
      for (const pid of pids) signalProcess(pid, 'SIGKILL');
      return pids.size;
    },
    remove: () => removeGroup(layout, path),
  };
}

/** v2 gives a group only those controllers that every group above it hands down. */
async function delegate(mount: string, path: string): Promise<void> {
  const above: string[] = [];
  for (let group = dirname(path); group !== '/'; group = dirname(group)) above.unshift(join(mount, group));
  for (const group of [mount, ...above]) {
    await mkdir(group, { recursive: true });
    try {
      await writeFile(join(group, 'cgroup.subtree_control'), '+memory +cpu +pids');
    } catch (error) {
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `The cgroup ${group} does not hand down memory, cpu and pids (${messageOf(error)}). An agent in a container needs the host's cgroups, mounted writable.`,
        { cause: error },
      );
    }
  }
}

/** The engine removes the group that counted the kill. */
function readFirstLimit(at: PlaceOf): 'kept' | 'met' {
  const files = ['memory.max_usage_in_bytes', 'memory.limit_in_bytes'].map((file) => at('memory', file));
  const [peak, limit] = files.map(readKernelFile);
  return Number(peak) >= Number(limit) - chargedAtOnce ? 'met' : 'kept';
}
