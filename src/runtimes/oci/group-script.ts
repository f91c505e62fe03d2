import { join } from 'node:path';
import type { Resources } from '../../wire/plan.ts';
import type { GroupLayout } from '../groups/group-layout.ts';
import { groupRoot } from './cgroup.ts';
import { cpuQuota } from './container-spec.ts';

/** The v1 hierarchies that a launcher enters with a container, by mount point. */
export interface EnteredHierarchies {
  readonly all: readonly string[];
  readonly memory: string;
  readonly cpu: string;
  readonly pids: string;
  readonly devices: string;
  /** Absent: there is none. */
  readonly cpuset?: string | undefined;
}

/** What a container may use, as the kernel takes it. */
export interface GroupLimits {
  /** Below every hierarchy. */
  readonly path: string;
  readonly memoryBytes: number;
  /** Microseconds of every 100 ms. */
  readonly cpuQuota: number;
  readonly pids: number;
}

// The engine waits for the end of its container in the same group.
const engineProcesses = 1;
// When memory runs out, the engine is the last to be ended for it: it knows the exit code.
const engineScore = -999;
/** The container's own score. crun before 1.9 does not write a 0, and the container would keep that of the engine. */
export const containerScore = 1;
// As /dev of a container has them: null, zero, full, random, urandom, tty, console, ptmx and its terminals.
const devices = ['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:1', '5:2', '136:*'];

/** @returns undefined where a launcher cannot: v2, where moving a process waits for the kernel whoever does it */
export function hierarchiesToEnter(layout: GroupLayout): EnteredHierarchies | undefined {
  if (layout.kind === 'v2') return undefined;
  const [memory, cpu, pids, deviceFilter] = ['memory', 'cpu', 'pids', 'devices'].map((it) =>
    layout.controllers.get(it),
  );
  if (memory === undefined || cpu === undefined || pids === undefined || deviceFilter === undefined) return undefined;
  const all = layout.mounts.filter((mount) => mount !== layout.unified);
  // A script is about to name them.
  if (!all.every((mount) => /^[\w./,=:-]+$/.test(mount))) return undefined;
  return { all, memory, cpu, pids, devices: deviceFilter, cpuset: layout.controllers.get('cpuset') };
}

/**
 * Shell functions: `prepare_groups`, once for a launcher, and `enter_group`, which takes the words of `writeLimits`, makes
 * a container's groups, sets its limits and moves the shell there. Writing 0 to `tasks` moves the one who writes without
 * the grace period that the kernel waits for when a process is moved by its pid, 10 to 15 ms on an idle machine.
 */
export function groupScript(entered: EnteredHierarchies | undefined): string {
  if (entered === undefined) return 'prepare_groups() { :; }\n';
  const { all, memory, cpu, pids, cpuset } = entered;
  const parents = all.map((mount) => join(mount, groupRoot)).join(' ');
  return `
prepare_groups() {
  for parent in ${parents}; do [ -d "$parent" ] || mkdir -p "$parent" || return; done
  ${cpuset === undefined ? '' : copyCpuset(cpuset)}
}
enter_group() {
  groups=
  for hierarchy in ${all.join(' ')}; do groups="$groups $hierarchy$1"; done
  mkdir $groups &&
  echo "$2" >| ${memory}$1/memory.limit_in_bytes &&
  { [ ! -e ${memory}$1/memory.memsw.limit_in_bytes ] || echo "$2" >| ${memory}$1/memory.memsw.limit_in_bytes; } &&
  echo "$3" >| ${cpu}$1/cpu.cfs_quota_us &&
  echo "$4" >| ${pids}$1/pids.max &&
  echo a >| ${entered.devices}$1/devices.deny || return
  for device in ${devices.join(' ')}; do echo "c $device rwm" >| ${entered.devices}$1/devices.allow || return; done
  for group in $groups; do echo 0 >| $group/tasks || return; done
  { echo ${engineScore} >| /proc/self/oom_score_adj; } 2>> /dev/null || :
}
`;
}

export function groupLimits(path: string, { memoryBytes, cpus, pids }: Resources): GroupLimits {
  return { path, memoryBytes, cpuQuota: cpuQuota(cpus), pids: pids + engineProcesses };
}

/** The words for `enter_group`. */
export function writeLimits({ path, memoryBytes, cpuQuota, pids }: GroupLimits): string {
  return [path, memoryBytes, cpuQuota, pids].join(' ');
}

/** A group without processors and memory nodes takes no process; those below copy what it has, which may have been chosen. */
function copyCpuset(mount: string): string {
  const parent = join(mount, groupRoot);
  const copies = ['cpus', 'mems'].map(
    (what) =>
      `{ read -r set < ${parent}/cpuset.${what} && [ -n "$set" ]; } || { read -r set < ${mount}/cpuset.${what} && echo "$set" >| ${parent}/cpuset.${what}; }`,
  );
  return [...copies, `echo 1 >| ${parent}/cgroup.clone_children`].join(' &&\n  ');
}
