import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../parts/processes/run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Copies the packages that the installed program has, each to its place below `directory`. */
export async function copyInstalledModules(directory: string): Promise<void> {
  const paths = await installedModules();
  await runCommand('env', '-C', root, 'cp', '--archive', '--parents', ...paths, directory);
}

/** Their paths, relative to the project. */
export async function installedModules(): Promise<readonly string[]> {
  const listed = await runCommand('npm', 'ls', '--prefix', root, '--omit=dev', '--all', '--parseable');
  return listed
    .split('\n')
    .filter((path) => path.includes('node_modules'))
    .map((path) => relative(root, path));
}
