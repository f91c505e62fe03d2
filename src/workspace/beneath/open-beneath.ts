import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { type EntryKind, kindOf } from './entry-kind.ts';
import { isPlainName, joinParts, showName } from './file-name.ts';

// O_NONBLOCK: a FIFO swapped in for the file must not block. O_NOCTTY: a terminal must not become the controlling one.
const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const createFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
// O_PATH of Linux, which Node does not export: a descriptor that identifies an entry without opening it.
const O_PATH = 0o10000000;

export type Wanted = 'file' | 'directory';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The caller closes a returned handle. */
export type Opened =
  | { readonly handle: FileHandle; readonly stats: Stats }
  | {
      readonly handle?: undefined;
      readonly found: EntryKind | 'nothing' | 'unreadable entry';
      /** The part of the path that stood in the way, for messages. */
      readonly at: string;
    };

/**
 * Opens a file or directory below a root of ours, whose contents a container may have chosen. Each part is opened from
 * the descriptor of its parent and no link is followed. So the opened file is always inside the root, even while a
 * process swaps files and links.
 * @param parts path below the root, as from {@link partsOf}; none means the root itself
 * @throws system errors of a broken host only (EIO, EMFILE)
 */
export async function openBeneath(root: string, parts: readonly Buffer[], want: Wanted): Promise<Opened> {
  let current = await openPath(Buffer.from(root), parts.length === 0 ? want : 'directory');
  for (const [index, name] of parts.entries()) {
    const parent = current.handle;
    if (parent === undefined) break;
    const last = index === parts.length - 1;
    const next = await openAt(parent, name, last ? want : 'directory').finally(() => parent.close());
    if (next.handle === undefined) {
      // A path below a file does not exist.
      const found = next.found === 'file' && !last ? 'nothing' : next.found;
      return { found, at: showName(joinParts(parts.slice(0, index + 1))) };
    }
    current = next;
  }
  return current;
}

/** One step of {@link openBeneath}. */
export async function openAt(directory: FileHandle, name: Buffer, want: Wanted): Promise<Opened> {
  return openPath(pathAt(directory, name), want);
}

/**
 * Creates a file that did not exist, empty and readable by its owner alone.
 * @throws system errors, EEXIST for an entry of any kind
 */
export function createFileAt(directory: FileHandle, name: Buffer): Promise<FileHandle> {
  return open(pathAt(directory, name), createFlags, 0o600);
}

/** Opens a directory by name; creates it with mode 0755 when it is missing, and for that owner if one is given. */
export async function openOrMakeDirectoryAt(
  directory: FileHandle,
  name: Buffer,
  mode = 0o755,
  owner?: Owner,
): Promise<Opened> {
  const path = pathAt(directory, name);
  const made = await mkdir(path, mode).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    },
  );
  const opened = await openPath(path, 'directory');
  const { handle } = opened;
  if (!made || handle === undefined) return opened;
  try {
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    // The umask may have taken bits away.
    await handle.chmod(mode);
  } catch (error) {
    return closeAndThrow(handle, error);
  }
  return opened;
}

/** A descriptor of a directory that may have no read permission; good for `chmod` through {@link pathOf} only. */
export function pinDirectoryAt(directory: FileHandle, name: Buffer): Promise<FileHandle> {
  return open(pathAt(directory, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/** A path that means what the descriptor means, wherever that has been moved. */
export function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/**
 * A path for calls that do not follow a link in the last part (lstat, unlink, rmdir, mkdir, rename): Node has no
 * `openat`, the kernel's directory of descriptors does the same.
 */
export function pathAt(directory: FileHandle, name: Buffer): Buffer {
  if (!isPlainName(name))
    throw new ExecError('INTERNAL', `"${showName(name)}" is not the name of one directory entry.`);
  return Buffer.concat([Buffer.from(`${pathOf(directory)}/`), name]);
}

async function openPath(path: Buffer, want: Wanted): Promise<Opened> {
  // Opening a device can have effects, so only what looks right is opened; of directories the kernel opens nothing else.
  const before = want === 'directory' ? 'directory' : await kindAt(path);
  if (before !== want) return { found: before, at: '' };
  const handle = await tolerant(open(path, want === 'directory' ? readFlags | O_DIRECTORY : readFlags));
  if (typeof handle === 'string') return { found: await foundInstead(handle, path, want), at: '' };
  const stats = await handle.stat().catch((error: unknown) => closeAndThrow(handle, error));
  if (kindOf(stats) === want) return { handle, stats };
  await handle.close();
  return { found: kindOf(stats), at: '' };
}

type Found = NotFound | EntryKind;
type NotFound = 'nothing' | 'unreadable entry';

async function kindAt(path: Buffer): Promise<Found> {
  const stats = await tolerant(lstat(path));
  return typeof stats === 'string' ? stats : kindOf(stats);
}

/** The kernel reports only that the entry is not a directory. */
async function foundInstead(meaning: Found, path: Buffer, want: Wanted): Promise<Found> {
  if (want === 'file' || meaning === 'nothing') return meaning;
  const found = await kindAt(path);
  return found === want ? meaning : found;
}

export async function closeAndThrow(handle: FileHandle, error: unknown): Promise<never> {
  await handle.close();
  throw error;
}

const meanings: Readonly<Record<string, 'nothing' | 'symbolic link' | 'socket' | 'unreadable entry'>> = {
  ENOENT: 'nothing',
  ENAMETOOLONG: 'nothing',
  // Something else took the place of what lstat saw.
  ELOOP: 'symbolic link',
  ENOTDIR: 'unreadable entry',
  ENXIO: 'socket',
  EACCES: 'unreadable entry',
  EPERM: 'unreadable entry',
  // A process holds a lease on the file.
  EAGAIN: 'unreadable entry',
};

async function tolerant<T>(call: Promise<T>) {
  try {
    return await call;
  } catch (error) {
    const meaning = meanings[errnoOf(error) ?? ''];
    if (meaning === undefined) throw error;
    return meaning;
  }
}
