import { join } from 'node:path';
import { controllerLetters, type EnteredHierarchy, type GroupLimits } from '../cgroup/group-limits.ts';

/** How containers are started on this host. The agent finds a strategy that works by running a container. */
export interface LaunchStrategy {
  /** `crun` or `runc`. */
  readonly name: string;
  /** `crun 1.8.1`. */
  readonly version: string;
  readonly path: string;
  /** The program of launcher.c. */
  readonly launcher: string;
  /** A command that starts the launcher where the cgroups of the host are visible; absent: they are visible already. */
  readonly startedBy?: readonly string[];
  /** The cgroup v2 mount to hide from OCI runtimes that refuse a mix of v1 and v2. */
  readonly hidden?: string;
  /** Hierarchies whose cgroups the launcher enters itself; absent: the OCI runtime moves the container into its cgroup. */
  readonly cgroupHierarchies?: readonly EnteredHierarchy[];
}

export interface LauncherPlaces {
  /** Where the engine keeps its own state. */
  readonly engineRoot: string;
  /** An empty directory; the launcher mounts in its own namespace there. */
  readonly mountPoint: string;
}

/** What the launcher has to run. */
export interface LaunchOrder {
  /** The container's directory; its name is the id for the engine. */
  readonly directory: string;
  /** The unpacked image. */
  readonly lower: string;
  /** Bytes that the container may write to its root filesystem. */
  readonly layerBytes: number;
  /** Bytes of stdout and of stderr, each, that are kept; what comes after them is dropped. */
  readonly outputBytes: number;
  /** Where its config.json and the engine's own state are if no disk may hold them; absent: as for all others. */
  readonly memory?: string | undefined;
  /** Absent: the engine sets them. */
  readonly limits?: GroupLimits | undefined;
}

/** What the launcher has to remove. */
export interface RemovalOrder {
  /** All that is in it too; nothing in it may be mounted or written to any more. */
  readonly directory?: string;
  /** The cgroup of a container that the launcher made; it goes first. */
  readonly group?: string;
}

/** Where the container's root filesystem is, as the launcher sees it. */
export function rootPathIn(mountPoint: string): string {
  return join(mountPoint, 'room', 'root');
}

/** Where the engine keeps its own state of a container whose config.json is in memory. As engine.h says. */
export function engineRootIn(memory: string): string {
  return join(memory, 'engine');
}

/** Program and arguments of the launcher. No text of a user is in them, nor in an order. */
export function launcherCommand(way: LaunchStrategy, { engineRoot, mountPoint }: LauncherPlaces): readonly string[] {
  const { startedBy = [], launcher, path, hidden = '', cgroupHierarchies = [] } = way;
  const hierarchies = cgroupHierarchies.map(
    ({ controllers, mountPoint }) => `${controllers.map((each) => controllerLetters[each]).join('')}:${mountPoint}`,
  );
  const engine = [path, '--root', engineRoot];
  const given = [mountPoint, hidden, isCrun(way) ? path : '', ...hierarchies];
  return [...startedBy, launcher, ...given, '--', ...engine];
}

/**
 * Variables of the launcher. crun starts itself a second time from a read-only mount of itself, so that no container can
 * overwrite it; the launcher makes that mount before it is needed and tells crun so, which saves it 2 ms.
 */
export function launcherEnvironment(way: LaunchStrategy, path: string): Readonly<Record<string, string>> {
  return { PATH: path, ...(isCrun(way) && { _LIBCONTAINER_CLONED_BINARY: '1' }) };
}

export function isCrun({ name }: Pick<LaunchStrategy, 'name'>): boolean {
  return name === 'crun';
}

/** An order as launcher.c reads it. */
export function writeOrder(
  number: number,
  { directory, lower, layerBytes, outputBytes, memory = '', limits }: LaunchOrder,
): string {
  const group =
    limits === undefined ? ['', '', '', ''] : [limits.path, limits.memoryBytes, limits.cpuQuota, limits.pids];
  return `${[number, directory, lower, layerBytes, outputBytes, memory, ...group].join('\n')}\n`;
}

/** A removal as launcher.c reads it: an order without an image. */
export function writeRemoval(number: number, { directory = '', group = '' }: RemovalOrder): string {
  return `${[number, directory, '', '', '', '', group, '', '', ''].join('\n')}\n`;
}
