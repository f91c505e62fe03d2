import { posix } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { partsOf } from '../../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../../workspace/beneath/open-beneath.ts';
import { makeDirectoriesBeneath } from '../../../workspace/beneath/write-beneath.ts';
import type { OciMount } from '../spec/spec-types.ts';
import type { ImageConfig } from './image-config.ts';

// Each may become a mount.
const mostVolumes = 64;
// As for the kernel.
const longestPath = 4095;
const longestName = 255;
const modeBits = 0o7777;

/** Where a writable place is needed that keeps what the image has there. */
interface VolumeQuestion {
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly readOnlyRoot: boolean;
  /** Container paths that are mounted anyhow: what lies below them is not of the image. */
  readonly mounted: readonly string[];
  /** The size of each, in memory. */
  readonly bytes: number;
}

/**
 * The paths that an image declares as volumes.
 * @throws ExecError IMAGE_PULL_FAILED for too many, or a path that no directory can have
 */
function volumesOf({ config }: ImageConfig): readonly string[] {
  const paths = Object.keys(config.Volumes ?? {}).map((path) => posix.join('/', path, '/').slice(0, -1));
  if (paths.length > mostVolumes)
    throw new ExecError(
      'IMAGE_PULL_FAILED',
      `The image declares ${paths.length} volumes; ${mostVolumes} are supported. Build it with fewer.`,
    );
  if (!paths.every(isPossible))
    throw new ExecError(
      'IMAGE_PULL_FAILED',
      'The image declares a volume whose path no directory can have. Build it without.',
    );
  return [...new Set(paths)].filter((path) => path !== '');
}

function isPossible(path: string): boolean {
  const names = path.split('/').map((name) => Buffer.byteLength(name));
  return !path.includes('\0') && Buffer.byteLength(path) <= longestPath && names.every((bytes) => bytes <= longestName);
}

/** Makes the directories of an image's volumes in its root filesystem, as Docker does for each container. */
export async function makeVolumeDirectories(rootfs: string, config: ImageConfig): Promise<void> {
  for (const path of volumesOf(config)) {
    try {
      const handle = await makeDirectoriesBeneath(rootfs, partsOf(path.slice(1)));
      await handle.close();
    } catch (error) {
      // A link or a file of the image is in the way, and stays.
      if (!(error instanceof ExecError)) throw error;
    }
  }
}

/** A volume is writable also where the root filesystem is not, with what the image has there. */
export async function volumeMounts(question: VolumeQuestion): Promise<readonly OciMount[]> {
  const { rootfs, config, readOnlyRoot, mounted, bytes } = question;
  const mounts: OciMount[] = [];
  for (const path of volumesOf(config)) {
    const isHidden = mounted.some((place) => path === place || path.startsWith(`${place}/`));
    if (isHidden || !readOnlyRoot) continue;
    const { handle } = await openBeneath(rootfs, partsOf(path.slice(1)), 'directory');
    if (handle === undefined) continue;
    const { mode, uid, gid } = await handle.stat().finally(() => handle.close());
    const owner = [`mode=${(mode & modeBits).toString(8)}`, `uid=${uid}`, `gid=${gid}`];
    const options = ['nosuid', 'nodev', ...owner, `size=${bytes}`, 'tmpcopyup'];
    mounts.push({ destination: path, type: 'tmpfs', source: 'tmpfs', options });
  }
  return mounts;
}
