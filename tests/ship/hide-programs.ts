import { copyFile, mkdir, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../src/support/processes/find-program.ts';

/** Where the agent and the system look for programs. */
const programDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
// npm runs programs by the shell; the tests begin with env.
const shellPrograms = ['sh', 'env'];

/**
 * The beginning of a command that runs on a machine with Node.js alone: no other program exists there, and neither does
 * the socket of a Docker Engine. Needs root.
 * @param directory empty, and in none of the directories for programs
 * @param hidden absolute paths, `/usr/bin` last; what does not exist or links to elsewhere is left out
 */
export async function hidePrograms(
  directory: string,
  hidden: readonly string[] = programDirectories,
): Promise<readonly string[]> {
  const bin = join(directory, 'bin');
  const none = join(directory, 'none');
  await mkdir(bin, { recursive: true });
  await mkdir(none);
  await copyFile(process.execPath, join(bin, 'node'));
  for (const name of shellPrograms) await copyFile(await pathOf(name), join(bin, name));
  const npm = await realpath(await pathOf('npm'));
  await symlink(npm, join(bin, 'npm'));
  await symlink(join(npm, '../npx-cli.js'), join(bin, 'npx'));
  const real = await Promise.all(hidden.map((path) => realpath(path).catch(() => undefined)));
  const mounted = hidden.filter((path, index) => real[index] === path);
  const mounts = mounted.map((path) => `mount --bind ${path === '/usr/bin' ? bin : none} ${path}`);
  // The program that mounts is hidden last, by the very mount that it makes.
  const script = ['set -e', `mount -t tmpfs none /run`, ...mounts, 'exec env "$@"'].join('\n');
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}

async function pathOf(name: string): Promise<string> {
  const path = await findProgram(name, process.env.PATH ?? '');
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
