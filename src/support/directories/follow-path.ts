import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf } from '../exec-error.ts';
import { type OwnDirectory, refusal } from './directory-refusal.ts';

export interface FoundDirectory {
  /** Without links. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Whether others may write to it. */
  readonly isShared: boolean;
}

// As many as the kernel follows.
const mostLinks = 40;
const othersWrite = 0o022;
const anyoneWrites = 0o002;
const sticky = 0o1000;
const permissions = 0o7777;

/**
 * Walks down to a directory and refuses a path that another user could lead elsewhere: each directory on it belongs to
 * root or to this user, none but a sticky one (`/tmp`) is writable by anyone, and in a sticky one no link is followed.
 * Groups that may write to a parent are trusted: many systems give each user a group of their own.
 * @param make called for a directory that is missing; false: it stays missing
 * @returns undefined when it is missing
 * @throws ExecError RUNTIME_UNAVAILABLE
 */
export async function followPath(
  directory: OwnDirectory,
  make: (path: string) => Promise<boolean>,
): Promise<FoundDirectory | undefined> {
  let rest = partsOf(resolve(directory.path));
  let links = 0;
  let current = '/';
  let parent = await lstat(current);
  judgeParent(directory, current, parent);
  while (rest.length > 0) {
    const [name = '', ...below] = rest;
    const next = join(current, name);
    const stats = (await statIfThere(next)) ?? ((await make(next)) ? await statIfThere(next) : undefined);
    if (stats === undefined) return undefined;
    const isLast = below.length === 0;
    judgeOwner(directory, { path: next, owner: stats.uid, isLast: isLast && !stats.isSymbolicLink() });
    if (stats.isSymbolicLink()) {
      links += 1;
      if ((parent.mode & anyoneWrites) !== 0 || links > mostLinks)
        throw refusal(directory, `${next} is a symbolic link`, 'Remove the link');
      const target = resolve(current, await readlink(next));
      rest = [...partsOf(target), ...below];
      current = '/';
      parent = await lstat(current);
      continue;
    }
    if (!stats.isDirectory()) throw refusal(directory, `${next} is not a directory`, 'Remove the file');
    if (!isLast) judgeParent(directory, next, stats);
    [current, parent, rest] = [next, stats, below];
  }
  return { path: current, mode: parent.mode & permissions, isShared: (parent.mode & othersWrite) !== 0 };
}

function judgeParent(directory: OwnDirectory, path: string, { mode }: Stats): void {
  if ((mode & anyoneWrites) === 0 || (mode & sticky) !== 0) return;
  throw refusal(
    directory,
    `anyone may write to ${path}, so anyone could replace it`,
    `Run "chmod o-w ${path}" or "chmod +t ${path}"`,
  );
}

interface Owned {
  readonly path: string;
  readonly owner: number;
  readonly isLast: boolean;
}

function judgeOwner(directory: OwnDirectory, { path, owner, isLast }: Owned): void {
  const own = process.geteuid?.() ?? owner;
  if (owner === own || (owner === 0 && !isLast)) return;
  const which = isLast ? `it belongs to user ${owner}` : `${path} belongs to user ${owner}, who could replace it`;
  throw refusal(
    directory,
    `${which}, and the agent runs as user ${own}`,
    `Run the agent as user ${owner}, or, if you trust what is in it, "chown ${isLast ? own : 0} ${path}"`,
  );
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
