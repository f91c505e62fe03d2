import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../parts/run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Of the packages that the installed program has, relative to the project. */
export async function installedModules(): Promise<readonly string[]> {
  const listed = await runCommand('npm', 'ls', '--prefix', root, '--omit=dev', '--all', '--parseable');
  return listed
    .split('\n')
    .filter((path) => path.includes('node_modules'))
    .map((path) => relative(root, path));
}
