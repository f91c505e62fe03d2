import type { Stats } from 'node:fs';

/** The kind of a directory entry, without following a link. Users see these words. */
export type EntryKind = 'file' | 'directory' | 'symbolic link' | 'FIFO' | 'socket' | 'device';

export function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symbolic link';
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  return 'device';
}

/** `a FIFO`, `an unreadable entry`, `nothing`, for sentences. */
export function withArticle(kind: EntryKind | 'nothing' | 'unreadable entry'): string {
  if (kind === 'nothing') return kind;
  return kind === 'unreadable entry' ? `an ${kind}` : `a ${kind}`;
}
