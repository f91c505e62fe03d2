import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';

/** What the permissions of a file or directory say. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** How it is found out where a file really is, and who can replace it. */
export interface FileLook {
  readonly realpath: (path: string) => Promise<string>;
  readonly stat: (path: string) => Promise<FileOwner>;
}

const lookAtHost: FileLook = { realpath: (path) => realpath(path), stat: (path) => stat(path) };

// ProtectHome of the unit hides them from a service with a user of its own.
const hiddenDirectories = ['/home', '/root', '/run/user'];

const fix = 'Install Node.js and exec-agent for all users as root ("npm install --global"), and run that one';

/**
 * Refuses files that others than root could replace: the service runs them, by default as root.
 * @param files absolute paths, the program and what runs it
 * @param user absent: root
 * @returns the real paths
 * @throws ExecError that names the path and the fix
 */
export async function checkProgramFiles(
  files: readonly string[],
  user: string | undefined,
  look: FileLook = lookAtHost,
): Promise<readonly string[]> {
  const real = await Promise.all(files.map((file) => look.realpath(file)));
  for (const file of real) {
    const hidden = hiddenDirectories.find((directory) => file.startsWith(`${directory}/`));
    if (user !== undefined && hidden !== undefined)
      throw refusal(`${file} cannot be run with --user ${user}, from which the unit hides ${hidden}. ${fix}.`);
    for (const path of withParents(file)) {
      const { uid, gid, mode } = await look.stat(path);
      if (uid !== 0) throw refusal(`${path} belongs to user ${uid}, who could replace what the service runs. ${fix}.`);
      const isOpen = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
      if (isOpen)
        throw refusal(
          `${path} can be written by others than root, who could replace what the service runs. ${fix}, or use chmod go-w.`,
        );
    }
  }
  return real;
}

function refusal(message: string): ExecError {
  return new ExecError('INVALID_REQUEST', message);
}

/** A path and all directories above it, the root first. */
function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...withParents(parent), path];
}
