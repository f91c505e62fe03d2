/** Container path of each volume → the host directory that holds it. */
export type WorkspaceRoots = ReadonlyMap<string, string>;

export interface ResolvedPath {
  /** The host directory of the volume. */
  readonly root: string;
  /** Below it, parts joined by `/`; empty for the volume itself. */
  readonly relative: string;
}

/**
 * Maps a path in the container to the host, in the innermost volume that contains it. The file need not exist; the
 * caller opens it with `openBeneath`, part by part.
 * @param containerPath absolute; one `/` at its end does not matter
 * @returns undefined for a path in no volume, and for one with an empty, `.` or `..` part or a NUL
 */
export function resolveInVolumes(roots: WorkspaceRoots, containerPath: string): ResolvedPath | undefined {
  const parts = partsOfContainerPath(containerPath);
  if (parts === undefined) return undefined;
  let best: { readonly root: string; readonly depth: number } | undefined;
  for (const [volume, root] of roots) {
    const above = partsOfContainerPath(volume);
    if (above === undefined || above.length > parts.length || !above.every((part, index) => part === parts[index]))
      continue;
    if (best === undefined || above.length > best.depth) best = { root, depth: above.length };
  }
  return best === undefined ? undefined : { root: best.root, relative: parts.slice(best.depth).join('/') };
}

function partsOfContainerPath(path: string): string[] | undefined {
  if (!path.startsWith('/') || path.includes('\0')) return undefined;
  const inner = path.slice(1).replace(/\/$/, '');
  if (inner === '') return path.length > 2 ? undefined : [];
  const parts = inner.split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..') ? parts : undefined;
}
