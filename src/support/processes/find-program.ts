import { constants } from 'node:fs';
import { join } from 'node:path';
import { canAccess } from '../files/can-access.ts';

// A user's PATH often lacks these, and dockerd or debootstrap live there.
const systemDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/**
 * Absolute path of an executable: first along the search path (in the form of `$PATH`), then in the system's own directories.
 */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  const directories = [...searchPath.split(':').filter((directory) => directory.startsWith('/')), ...systemDirectories];
  for (const directory of new Set(directories)) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return canAccess(path, constants.X_OK);
}
