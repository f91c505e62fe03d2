import { posix } from 'node:path';
import { describePathProblem, relativeBelow } from '../../../support/files/container-path.ts';
import { invalidField } from '../../message/request/invalid-request.ts';

/**
 * An absolute path of the container, normalised, without `/` at its end.
 * @throws ExecError INVALID_REQUEST naming the field
 */
export function containerPath(field: string, path: string): string {
  if (!path.startsWith('/')) throw invalidField(field, path, 'is not absolute. Begin it with "/".');
  if (/(?:^|\/)\.\.(?:\/|$)/.test(path)) throw invalidField(field, path, 'has a part "..". Write the path without it.');
  const normalised = posix.normalize(path).replace(/(.)\/+$/, '$1');
  const below = relativeBelow(normalised.slice(1) || 'root');
  if ('problem' in below) throw invalidField(field, path, `${describePathProblem(below.problem)}. Use a shorter path.`);
  if (isAtOrBelow(normalised, agentPaths))
    throw invalidField(
      field,
      path,
      `is in a directory that belongs to the system (${agentPaths.join(', ')}). Use another.`,
    );
  return normalised;
}

/** Read-only; holds the program that opens the files of stdin, stdout and stderr. */
export const controlPath = '/run/exec-agent';

const agentPaths = ['/proc', '/sys', '/dev', '/run/secrets', controlPath];

/** Without what is in these directories, few programs of an image run. */
const keptWithContents = ['/etc', '/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/boot', '/var/lib'];
const keptThemselves = ['/', '/var', '/run'];
const homes = ['/home', '/opt', '/srv', '/root', '/mnt', '/media'];

/** Whether a directory of the image has to stay as it is. */
export function isKept(directory: string): boolean {
  return keptThemselves.includes(directory) || isAtOrBelow(directory, keptWithContents);
}

/** Whether an input in that directory is best mounted by itself, with the files of the image beside it. */
export function mayHoldFiles(directory: string): boolean {
  return isKept(directory) || homes.includes(directory);
}

/** Whether a task would lose all programs of its image. */
export function isEssential(directory: string): boolean {
  return keptThemselves.includes(directory) || keptWithContents.includes(directory);
}

function isAtOrBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((each) => path === each || path.startsWith(`${each}/`));
}

/** Whether one of the directories is above a path; the path itself does not count. Takes as long as the path is deep. */
export function isBelowAny(path: string, directories: ReadonlySet<string>): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    if (directories.has(path.slice(0, end))) return true;
  return path !== '/' && directories.has('/');
}
