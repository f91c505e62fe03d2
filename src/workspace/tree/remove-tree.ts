import { randomUUID } from 'node:crypto';
import { chmod, type FileHandle, readlink, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { showName } from '../beneath/file-name.ts';
import { orHostFault } from '../beneath/host-fault.ts';
import {
  closeAndThrow,
  type Opened,
  openAt,
  openBeneath,
  pathAt,
  pathOf,
  pinDirectoryAt,
} from '../beneath/open-beneath.ts';
import { type DirectoryName, readNames } from '../beneath/read-names.ts';
import { findMountsBelow } from './find-mounts.ts';

/** Levels that are held open at once; what lies deeper is moved up first. */
const maxDepth = 64;
/** How often to reread a directory that does not become empty, before it fails because a process still writes there. */
const maxPasses = 10;
const ownerMayAll = 0o700;

/**
 * Removes a directory and its contents, of any names, modes and depth, and follows no link. Succeeds when the directory
 * does not exist, so it is safe to repeat.
 * @param directory a path of ours; only its last part and what lies below may be hostile
 * @throws ExecError INTERNAL when something is mounted below it (nothing is removed then), or the host does not let us
 */
export async function removeTree(directory: string): Promise<void> {
  const above = await realPathOf(dirname(directory));
  if (above === undefined) return;
  const { handle: parent } = await openBeneath(above, [], 'directory');
  if (parent === undefined) return;
  try {
    await refuseMounts(join(above, basename(directory)));
    await orHostFault(removeEntry(parent, Buffer.from(basename(directory))), directory);
  } finally {
    await parent.close();
  }
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is mounted there belongs to someone else: emptying it would destroy it. */
async function refuseMounts(directory: string): Promise<void> {
  const [mount] = findMountsBelow(directory);
  if (mount === undefined) return;
  throw new ExecError('INTERNAL', `${directory} cannot be removed: ${mount} is still mounted. Unmount it first.`);
}

interface Removal {
  /** Where directories go that lie too deep. */
  readonly top: FileHandle;
  movedUp: number;
}

async function removeEntry(parent: FileHandle, name: Buffer): Promise<void> {
  if (await removeUnlessFull(parent, { name, isDirectory: true })) return;
  const top = await openToEmpty(parent, name);
  try {
    await removeOpened(top, { parent, name, depth: 0 }, { top, movedUp: 0 });
  } finally {
    await top.close();
  }
}

interface Place {
  readonly parent: FileHandle;
  readonly name: Buffer;
  readonly depth: number;
}

async function removeOpened(directory: FileHandle, place: Place, removal: Removal): Promise<void> {
  for (let idlePasses = 0; idlePasses < maxPasses; ) {
    const movedBefore = removal.movedUp;
    await emptyOnce(directory, place.depth, removal);
    if (await rmdirIfEmpty(place)) return;
    // What was moved up waits in the top directory, which takes as many passes as that needs.
    idlePasses = removal.movedUp > movedBefore ? 0 : idlePasses + 1;
  }
  const path = await readlink(pathOf(directory));
  throw new ExecError(
    'INTERNAL',
    `${path} does not become empty: a process still writes there. Stop it, then try again.`,
  );
}

async function emptyOnce(directory: FileHandle, depth: number, removal: Removal): Promise<void> {
  for await (const entry of readNames(directory)) {
    if (await removeUnlessFull(directory, entry)) continue;
    const { name } = entry;
    const handle = await openToEmpty(directory, name);
    try {
      if (depth < maxDepth) await removeOpened(handle, { parent: directory, name, depth: depth + 1 }, removal);
      else await moveUp(directory, name, removal);
    } finally {
      await handle.close();
    }
  }
}

async function moveUp(parent: FileHandle, name: Buffer, removal: Removal): Promise<void> {
  await rename(pathAt(parent, name), pathAt(removal.top, Buffer.from(randomUUID())));
  removal.movedUp += 1;
}

/** What the entry was said to be is tried first; it may be something else by now. @returns false for a directory with content */
async function removeUnlessFull(parent: FileHandle, { name, isDirectory }: DirectoryName): Promise<boolean> {
  if (!isDirectory) return unlinkUnlessDirectory(parent, name);
  try {
    return await rmdirIfEmpty({ parent, name });
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return unlinkUnlessDirectory(parent, name);
    throw error;
  }
}

async function rmdirIfEmpty({ parent, name }: Pick<Place, 'parent' | 'name'>): Promise<boolean> {
  try {
    await rmdir(pathAt(parent, name));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    if (errnoOf(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** @returns false for a directory */
async function unlinkUnlessDirectory(parent: FileHandle, name: Buffer): Promise<boolean> {
  try {
    await unlink(pathAt(parent, name));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    if (errnoOf(error) === 'EISDIR') return false;
    throw error;
  }
}

/** Only root may read or change a directory whose owner has no permission; anyone else gives himself that first. */
async function openToEmpty(parent: FileHandle, name: Buffer): Promise<FileHandle> {
  const first = await openAt(parent, name, 'directory');
  const opened = first.handle === undefined ? await openAfterChmod(parent, name) : first;
  const { handle } = opened;
  if (handle === undefined)
    throw new ExecError(
      'INTERNAL',
      `${showName(name)} cannot be removed: it is no directory any more (${opened.found}).`,
    );
  if ((opened.stats.mode & ownerMayAll) !== ownerMayAll)
    await handle.chmod(ownerMayAll).catch((error: unknown) => closeAndThrow(handle, error));
  return handle;
}

async function openAfterChmod(parent: FileHandle, name: Buffer): Promise<Opened> {
  const pin = await pinDirectoryAt(parent, name);
  try {
    await chmod(pathOf(pin), ownerMayAll);
  } finally {
    await pin.close();
  }
  return openAt(parent, name, 'directory');
}
