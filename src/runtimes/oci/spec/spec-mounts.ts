import { join } from 'node:path';
import type { Volume } from '../../../wire/plan/plan.ts';
import type { WorkspaceRoots } from '../../runtime.ts';
import type { OciMount } from './spec-types.ts';

/** Where the init process stands: on the container's own /dev, so that nothing of the image can be in the way. */
export const initPath = '/dev/init';

/** What the kernel shows, and nothing of the image. */
export const kernelPaths = ['/proc', '/dev', '/sys'];

export interface MountPlan {
  readonly volumes: readonly Volume[];
  readonly roots: WorkspaceRoots;
  readonly scratch: readonly string[];
  readonly scratchBytes: number;
  readonly shmBytes: number;
  /** Of the image, where the root filesystem is read-only. */
  readonly imageVolumes: readonly OciMount[];
  /** Host path of a static init program. */
  readonly init: string;
  /** Host files and directories that appear read-only, by container path. */
  readonly shown: ReadonlyMap<string, string>;
}

/** Every mount of a container, each after the one it lies in. */
export function mountsOf(plan: MountPlan): readonly OciMount[] {
  const own = [
    ...plan.imageVolumes,
    ...[...plan.shown].map(([path, source]) => bind(path, source, 'ro')),
    ...plan.scratch.map((path) => scratch(path, plan.scratchBytes)),
    ...plan.volumes.flatMap((volume) => {
      const root = plan.roots.get(volume.path);
      return root === undefined ? [] : volumeMounts(volume, root);
    }),
  ];
  const parentsFirst = own.toSorted((a, b) => depth(a.destination) - depth(b.destination));
  return [...kernelMounts(plan.shmBytes), bind(initPath, plan.init, 'ro'), ...parentsFirst];
}

function volumeMounts({ path, access, files }: Volume, root: string): readonly OciMount[] {
  const mode = access === 'read-only' ? 'ro' : 'rw';
  return files?.map((name) => bind(join(path, name), join(root, name), mode)) ?? [bind(path, root, mode)];
}

function kernelMounts(shmBytes: number): readonly OciMount[] {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  return [
    mount('/proc', 'proc', quiet),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('/dev/shm', 'tmpfs', [...quiet, 'mode=1777', `size=${shmBytes}`]),
    mount('/dev/mqueue', 'mqueue', quiet),
    mount('/sys', 'sysfs', [...quiet, 'ro']),
    mount('/sys/fs/cgroup', 'cgroup', [...quiet, 'relatime', 'ro']),
  ];
}

function mount(destination: string, type: string, options: readonly string[]): OciMount {
  return { destination, type, source: type, options };
}

function scratch(path: string, bytes: number): OciMount {
  return mount(path, 'tmpfs', ['nosuid', 'nodev', 'mode=1777', `size=${bytes}`]);
}

function bind(destination: string, source: string, access: 'ro' | 'rw'): OciMount {
  return { destination, type: 'bind', source, options: ['bind', access, 'nosuid', 'nodev'] };
}

function depth(path: string): number {
  return path.split('/').length;
}
