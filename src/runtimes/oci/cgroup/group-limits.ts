import type { Resources } from '../../../wire/plan/plan.ts';
import type { GroupLayout } from '../../groups/group-layout.ts';
import { cpuQuota } from '../spec/container-spec.ts';

/** A v1 hierarchy that launchers enter with a container. */
export interface EnteredHierarchy {
  readonly mountPoint: string;
  /** What is limited there. */
  readonly controllers: readonly LimitedController[];
}

export type LimitedController = keyof typeof controllerLetters;

/** What a container may use, as the kernel takes it. */
export interface GroupLimits {
  /** Below every hierarchy. */
  readonly path: string;
  readonly memoryBytes: number;
  /** Microseconds of every 100 ms. */
  readonly cpuQuota: number;
  readonly pids: number;
}

/** As launcher.c calls them. */
export const controllerLetters = { memory: 'm', cpu: 'c', pids: 'p', devices: 'd', cpuset: 's' } as const;
const needed = ['memory', 'cpu', 'pids', 'devices'] as const;
const limited = [...needed, 'cpuset'] as const;
// The OCI runtime waits for the end of its container in the same cgroup.
const engineProcesses = 1;
/** The OOM score adjustment of a container. crun before 1.9 ignores a 0, and the container would inherit that of crun. */
export const containerScore = 1;

/** @returns undefined with cgroup v2, where a launcher saves no time: the kernel delays every move of a process */
export function hierarchiesToEnter(layout: GroupLayout): readonly EnteredHierarchy[] | undefined {
  if (layout.kind === 'v2') return undefined;
  const { controllers, mounts, unified } = layout;
  if (!needed.every((each) => controllers.has(each))) return undefined;
  return mounts
    .filter((mount) => mount !== unified)
    .map((mountPoint) => ({
      mountPoint,
      controllers: limited.filter((each) => controllers.get(each) === mountPoint),
    }));
}

export function groupLimits(path: string, { memoryBytes, cpus, pids }: Resources): GroupLimits {
  return { path, memoryBytes, cpuQuota: cpuQuota(cpus), pids: pids + engineProcesses };
}
