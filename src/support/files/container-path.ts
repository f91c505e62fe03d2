import { posix } from 'node:path';

export type PathProblem = 'empty' | 'absolute' | 'leaves' | 'nul' | 'too long' | 'too deep';

// The kernel's own limit.
const longestPath = 4096;

/** Parts of a path below a directory; what is nested deeper costs more to open than it holds. */
export const maxPathParts = 100;

// Empty parts, "." and "..": without them a path is normalised as it stands.
const unusualParts = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * A path that a request names below a directory, normalised (`./a//b` → `a/b`), or what is wrong with it.
 * A trailing `/` is kept.
 */
export function relativeBelow(path: string): { readonly path: string } | { readonly problem: PathProblem } {
  if (path === '') return { problem: 'empty' };
  if (path.includes('\0')) return { problem: 'nul' };
  if (Buffer.byteLength(path) >= longestPath) return { problem: 'too long' };
  if (path.startsWith('/')) return { problem: 'absolute' };
  const normalised = unusualParts.test(path) ? posix.normalize(path) : path;
  if (normalised === '..' || normalised.startsWith('../')) return { problem: 'leaves' };
  if (normalised === '.' || normalised === './') return { problem: 'empty' };
  if (isTooDeep(normalised)) return { problem: 'too deep' };
  return { path: normalised };
}

/** Whether a path, relative and normalised, has more parts than {@link maxPathParts}. */
export function isTooDeep(path: string): boolean {
  let parts = path.endsWith('/') ? 0 : 1;
  for (let at = path.indexOf('/'); at !== -1 && parts <= maxPathParts; at = path.indexOf('/', at + 1)) parts += 1;
  return parts > maxPathParts;
}

const sentences: Readonly<Record<PathProblem, string>> = {
  empty: 'is empty',
  absolute: 'is absolute',
  leaves: 'leaves its directory',
  nul: 'holds a NUL byte',
  'too long': `has ${longestPath} bytes or more`,
  'too deep': `has more than ${maxPathParts} parts`,
};

export function describePathProblem(problem: PathProblem): string {
  return sentences[problem];
}
