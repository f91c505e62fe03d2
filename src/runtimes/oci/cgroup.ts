import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { answerOf } from '../../support/answer-of.ts';
import { delay } from '../../support/deadline.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Exit } from '../../wire/record.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { signalProcess } from './process-facts.ts';
import { readIfThere } from './read-if-there.ts';

/**
 * The control group of one container. Unless the launcher enters it, the OCI runtime makes a group of its own inside it
 * and removes that with the container; this one stays until the agent has read what was used. Being in it is also what
 * identifies a process as the container's, whoever asks and however often pids were reused.
 */
export interface Cgroup {
  /** Below every hierarchy. */
  readonly path: string;
  /** For `linux.cgroupsPath`. */
  readonly innerPath: string;
  /** For a container whose launcher does not make it. */
  create(limits: { readonly memoryBytes: number }): Promise<void>;
  /** Undefined when the group is gone, as after a reboot. */
  usage(): Promise<Usage | undefined>;
  /** `killed`: the kernel ended a process for it. v1 tells only that the limit was `met`, which can also end well. */
  memoryLimit(): Promise<'kept' | 'met' | 'killed'>;
  holds(pid: number): Promise<boolean>;
  /** SIGKILL to every process in it; how many there were. */
  kill(): Promise<number>;
  remove(): Promise<void>;
}

type Usage = NonNullable<Exit['usage']>;

/** Above the groups of all containers. */
export const groupRoot = '/exec-agent';
const inner = 'container';
// The kernel takes memory from a group in batches of 64 pages.
const chargedAtOnce = 64 * 4096;
const removeTries = 2000;
const removePauseMs = 1;

/**
 * @param name of the container, unique on this machine. Groups lie side by side: one for each deployment above them could
 * never be removed safely, since an engine may be about to make a group in it.
 */
export function createCgroup(layout: CgroupLayout, name: string): Cgroup {
  const path = join(groupRoot, name);
  const innerPath = join(path, inner);
  const { mounts, at } = placesOf(layout, path);

  async function processes(): Promise<number[]> {
    const lists = await Promise.all(
      [at('memory', 'cgroup.procs'), at('memory', inner, 'cgroup.procs')].map(readIfThere),
    );
    return lists.flatMap((list) => list?.trim().split('\n') ?? []).flatMap((pid) => (pid === '' ? [] : [Number(pid)]));
  }

  return {
    path,
    innerPath,
    async create({ memoryBytes }) {
      if (layout.kind === 'v2') await delegate(layout.root, path);
      await Promise.all([...new Set([at('memory'), at('cpuacct')])].map((place) => mkdir(place, { recursive: true })));
      await writeFile(at('memory', layout.kind === 'v2' ? 'memory.max' : 'memory.limit_in_bytes'), String(memoryBytes));
    },
    usage: () => (layout.kind === 'v2' ? readUnifiedUsage(at) : readFirstUsage(at)),
    memoryLimit: () => (layout.kind === 'v2' ? readUnifiedLimit(at) : readFirstLimit(at)),
    async holds(pid) {
      const text = (await readIfThere(`/proc/${pid}/cgroup`)) ?? '';
      return text.split('\n').some((line) => line.endsWith(`${path}/${inner}`) || line.endsWith(path));
    },
    async kill() {
      const pids = await processes();
      for (const pid of pids) signalProcess(pid, 'SIGKILL');
      return pids.length;
    },
    async remove() {
      await Promise.all(mounts.map((mount) => removeNested(join(mount, path), join(mount, innerPath))));
    },
  };
}

type PlaceOf = (controller: 'memory' | 'cpuacct', ...file: string[]) => string;

function placesOf(layout: CgroupLayout, path: string): { readonly mounts: readonly string[]; readonly at: PlaceOf } {
  if (layout.kind === 'v2') return { mounts: [layout.root], at: (_, ...file) => join(layout.root, path, ...file) };
  const { controllers, mounts } = layout;
  return { mounts, at: (controller, ...file) => join(controllers.get(controller) ?? '/nonexistent', path, ...file) };
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
        `The control group ${group} does not hand down memory, cpu and pids (${messageOf(error)}). An agent in a container needs the host's control groups (--cgroupns=host), mounted writable.`,
        { cause: error },
      );
    }
  }
}

async function readFirstUsage(at: PlaceOf): Promise<Usage | undefined> {
  const files = [at('cpuacct', 'cpuacct.usage'), at('memory', 'memory.max_usage_in_bytes')];
  const [cpu, peak] = await Promise.all(files.map(readIfThere));
  if (cpu === undefined || peak === undefined) return undefined;
  return { cpuSeconds: Number(cpu) / 1e9, memoryPeakBytes: Number(peak) };
}

/** The counter of failures stays at 0 on some kernels (6.18), and the engine removes the group that counted the kill. */
async function readFirstLimit(at: PlaceOf): Promise<'kept' | 'met'> {
  const files = ['memory.max_usage_in_bytes', 'memory.limit_in_bytes'].map((file) => at('memory', file));
  const [peak, limit] = await Promise.all(files.map(readIfThere));
  return Number(peak) >= Number(limit) - chargedAtOnce ? 'met' : 'kept';
}

async function readUnifiedUsage(at: PlaceOf): Promise<Usage | undefined> {
  const files = ['cpu.stat', 'memory.peak'].map((file) => at('memory', file));
  const [cpu, peak] = await Promise.all(files.map(readIfThere));
  if (cpu === undefined) return undefined;
  const cpuSeconds = valueIn(cpu, 'usage_usec') / 1e6;
  // Kernels before 5.19 do not tell.
  return peak === undefined ? { cpuSeconds } : { cpuSeconds, memoryPeakBytes: Number(peak) };
}

async function readUnifiedLimit(at: PlaceOf): Promise<'kept' | 'killed'> {
  const events = await readIfThere(at('memory', 'memory.events'));
  return valueIn(events ?? '', 'oom_kill') > 0 ? 'killed' : 'kept';
}

function valueIn(text: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** The inner group is there only when an engine made it and was killed before it removed it. */
async function removeNested(outerGroup: string, innerGroup: string): Promise<void> {
  for (let left = removeTries; ; left -= 1) {
    await isRemoved(innerGroup);
    if (await isRemoved(outerGroup)) return;
    if (left === 0) throw new ExecError('INTERNAL', `The control group ${outerGroup} still holds processes.`);
    // A group stays busy for the moment that its last processes take to go.
    await delay(removePauseMs);
  }
}

function isRemoved(group: string): Promise<boolean> {
  return answerOf(
    rmdir(group).then(() => true),
    { ENOENT: true, EBUSY: false },
  );
}
