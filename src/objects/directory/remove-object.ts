import { rmdir, unlink } from 'node:fs/promises';
import { errnoOf } from '../../support/exec-error.ts';
import { openBeneath, pathAt } from '../../workspace/beneath/open-beneath.ts';
import type { ObjectPath } from './object-path.ts';

/** Removes the object, then the directories that are empty without it, so that they do not block others. */
export async function removeObject(root: string, { parts }: ObjectPath): Promise<void> {
  await removeAt(root, parts, unlink, ['ENOENT', 'EISDIR']);
  for (let depth = parts.length - 1; depth > 1; depth -= 1) {
    const removed = await removeAt(root, parts.slice(0, depth), rmdir, ['ENOENT', 'ENOTEMPTY', 'ENOTDIR']);
    if (!removed) return;
  }
}

/** @returns false when there was nothing to remove */
async function removeAt(
  root: string,
  parts: readonly Buffer[],
  remove: (path: Buffer) => Promise<void>,
  expected: readonly (string | undefined)[],
): Promise<boolean> {
  const { handle } = await openBeneath(root, parts.slice(0, -1), 'directory');
  if (handle === undefined) return false;
  try {
    await remove(pathAt(handle, parts.at(-1) ?? Buffer.of()));
    return true;
  } catch (error) {
    if (expected.includes(errnoOf(error))) return false;
    throw error;
  } finally {
    await handle.close();
  }
}
