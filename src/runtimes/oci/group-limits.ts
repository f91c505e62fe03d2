import type { Resources } from '../../wire/plan.ts';
import type { GroupLayout } from '../groups/group-layout.ts';
import { cpuQuota } from './container-spec.ts';

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
// The engine waits for the end of its container in the same group.
const engineProcesses = 1;
/** A container's own score. crun before 1.9 does not write a 0, and the container would keep that of the engine. */
export const containerScore = 1;

/** @returns undefined where a launcher cannot: v2, where moving a process waits for the kernel whoever does it */
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
