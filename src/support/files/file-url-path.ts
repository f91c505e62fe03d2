import { fileURLToPath } from 'node:url';
import { ExecError } from '../exec-error.ts';

/**
 * The path of a `file:` URL of this host.
 * @param field of the request that has the URL, for the message
 * @throws ExecError INVALID_REQUEST
 */
export function fileUrlPath(url: URL, field?: string): string {
  const where = field === undefined ? '' : `${field}: `;
  const problem = (what: string) =>
    new ExecError('INVALID_REQUEST', `${where}${url.href} ${what}. Write it as file:///directory/file.`);
  if (url.hostname !== '') throw problem('names another host');
  // An encoded slash or NUL would be a part of a name that no file can have.
  if (/%2f|%00/i.test(url.pathname)) throw problem('has an encoded "/" or NUL in a name');
  const path = fileURLToPath(url);
  if (path.endsWith('/') || path.includes('//')) throw problem('has an empty part');
  return path;
}

/** The first of the directories that a path is below; none: undefined. */
export function directoryAbove(path: string, directories: readonly string[]): string | undefined {
  return directories.map((each) => each.replace(/\/+$/, '')).find((each) => path.startsWith(`${each}/`));
}
