import { join } from 'node:path';
import { controllerLetters, type EnteredHierarchy, type GroupLimits } from '../group-limits.ts';

/** How containers are run on this machine; which way works was found by running one. */
export interface EngineWay {
  /** `crun` or `runc`. */
  readonly name: string;
  /** `crun 1.8.1`. */
  readonly version: string;
  readonly path: string;
  /** The program of launcher.c. */
  readonly launcher: string;
  /** The v2 mount that has to be out of sight, for engines that refuse mixed control groups. */
  readonly hidden?: string;
  /** Hierarchies that launchers enter by themselves; absent: the engine moves the container to its control group. */
  readonly enters?: readonly EnteredHierarchy[];
}

export interface LauncherPlaces {
  /** Where the engine keeps its own state. */
  readonly engineRoot: string;
  /** An empty directory; each launcher mounts in its own namespace there. */
  readonly mountPoint: string;
}

/** What a launcher is told to run. */
export interface LaunchOrder {
  /** The container's directory; its name is the id for the engine. */
  readonly directory: string;
  /** The unpacked image. */
  readonly lower: string;
  /** Bytes that the container may write to its root filesystem. */
  readonly layerBytes: number;
  /** Absent: the engine sets them. */
  readonly limits?: GroupLimits | undefined;
}

/** What a launcher mounts before its order comes, in case that it wants the same. */
export type ExpectedRoot = Pick<LaunchOrder, 'lower' | 'layerBytes'>;

/** Where the container's root filesystem is, as the launcher sees it. */
export function rootPathIn(mountPoint: string): string {
  return join(mountPoint, 'root');
}

/**
 * Program and arguments of a launcher. No text of a user is in them, nor in an order.
 * @param expected undefined: it mounts nothing before its order
 */
export function launcherCommand(
  way: EngineWay,
  { engineRoot, mountPoint }: LauncherPlaces,
  expected: ExpectedRoot | undefined,
): readonly string[] {
  const { launcher, path, hidden = '', enters = [] } = way;
  const root = expected === undefined ? ['', ''] : [expected.lower, String(expected.layerBytes)];
  const hierarchies = enters.map(
    ({ controllers, mountPoint }) => `${controllers.map((each) => controllerLetters[each]).join('')}:${mountPoint}`,
  );
  const engine = [path, '--root', engineRoot];
  return [launcher, mountPoint, hidden, isCrun(way) ? path : '', ...root, ...hierarchies, '--', ...engine];
}

/**
 * Variables of a launcher. crun starts itself a second time from a read-only mount of itself, so that no container can
 * overwrite it; launchers make that mount before they are needed and tell crun so, which saves it 2 ms.
 */
export function launcherEnvironment(way: EngineWay, path: string): Readonly<Record<string, string>> {
  return { PATH: path, ...(isCrun(way) && { _LIBCONTAINER_CLONED_BINARY: '1' }) };
}

export function isCrun({ name }: Pick<EngineWay, 'name'>): boolean {
  return name === 'crun';
}

/** An order as launcher.c reads it: what it expects is not said again. */
export function writeOrder(order: LaunchOrder, expected: ExpectedRoot | undefined): string {
  const { directory, lower, layerBytes, limits } = order;
  const image = lower === expected?.lower ? '' : lower;
  const group =
    limits === undefined ? ['', '', '', ''] : [limits.path, limits.memoryBytes, limits.cpuQuota, limits.pids];
  return `${[directory, image, layerBytes, ...group].join('\n')}\n`;
}
