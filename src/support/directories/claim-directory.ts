import { chmod, mkdir, readdir } from 'node:fs/promises';
import { errnoOf } from '../exec-error.ts';
import { type OwnDirectory, refusal } from './directory-refusal.ts';
import { followPath } from './follow-path.ts';

/**
 * Makes a directory of the agent's own, for its user alone (0700), or checks that it is one: it belongs to this user,
 * nobody else may write to it, and nobody but root and this user can put another one in its place.
 * @returns its path without links
 * @throws ExecError RUNTIME_UNAVAILABLE naming the setting and the fix; system errors of what cannot be made
 */
export async function claimDirectory(directory: OwnDirectory): Promise<string> {
  const found = await followPath(directory, makeOwn);
  if (found === undefined) throw refusal(directory, 'it was removed while it was made', 'Try again.');
  if (found.isShared) await closeToOthers(directory, found.path, found.mode);
  return found.path;
}

/**
 * The same for a directory that is only read: nothing is made or changed.
 * @returns its path without links, undefined when there is none
 * @throws ExecError RUNTIME_UNAVAILABLE naming the setting and the fix
 */
export async function checkDirectory(directory: OwnDirectory): Promise<string | undefined> {
  const found = await followPath(directory, async () => false);
  if (found?.isShared === true) throw openToOthers(directory, found.path, found.mode);
  return found?.path;
}

const ownerOnly = 0o700;

async function makeOwn(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: ownerOnly });
  } catch (error) {
    // Somebody else made it meanwhile; what they made is judged next.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return true;
}

/** An empty one, such as a fresh volume, is safe once it is closed; in another one others may have left files. */
async function closeToOthers(directory: OwnDirectory, path: string, mode: number): Promise<void> {
  await chmod(path, ownerOnly);
  if ((await readdir(path)).length === 0) return;
  await chmod(path, mode);
  throw openToOthers(directory, path, mode);
}

function openToOthers(directory: OwnDirectory, path: string, mode: number) {
  const shown = mode.toString(8).padStart(4, '0');
  return refusal(
    directory,
    `other users may write to it (mode ${shown}) and it is not empty`,
    `Look at what is in it, then run "chmod go-w ${path}"`,
  );
}
