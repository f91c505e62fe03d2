import { type FileHandle, lstat } from 'node:fs/promises';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { type EntryKind, kindOf } from '../beneath/entry-kind.ts';
import { joinParts } from '../beneath/file-name.ts';
import { openAt, pathAt } from '../beneath/open-beneath.ts';
import { readSortedNames } from '../beneath/read-names.ts';

export interface TreeEntry {
  /** Below the directory that is walked, parts joined by `/`. */
  readonly name: Buffer;
  readonly kind: EntryKind | 'unreadable entry';
  /** Bytes; 0 unless it is a file. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modified: Date;
}

export interface WalkOptions {
  /** Entries of any kind. */
  readonly maxEntries: number;
  /** Parts of a name. */
  readonly maxDepth: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether to go into the directory of that name. */
  readonly enter?: (name: Buffer) => boolean;
}

/** Entries that are looked at together. */
const lookedAtOnce = 32;

interface Walk extends WalkOptions {
  seen: number;
  tooDeep: boolean;
}

/**
 * Yields all entries below an open directory in order of name, a directory before its contents. Reports links, never follows them.
 * Holds two descriptors per level and the names of one directory per level.
 * @throws ExecError OUTPUT_TOO_LARGE after all that lies within the limits; its context names the `limit`
 */
export async function* walkTree(directory: FileHandle, options: WalkOptions): AsyncGenerator<TreeEntry, void> {
  const walk: Walk = { ...options, seen: 0, tooDeep: false };
  yield* walkInto(directory, [], walk);
  if (walk.tooDeep) throw beyond('maxDepth', `directories nested more than ${options.maxDepth} deep`);
}

async function* walkInto(directory: FileHandle, above: readonly Buffer[], walk: Walk): AsyncGenerator<TreeEntry, void> {
  const { names, more } = await readSortedNames(directory, walk.maxEntries - walk.seen, walk.signal);
  if (names.length > 0 && above.length >= walk.maxDepth) {
    walk.tooDeep = true;
    return;
  }
  for (let from = 0; from < names.length; from += lookedAtOnce) {
    const some = names.slice(from, from + lookedAtOnce);
    const entries = await Promise.all(some.map(({ name }) => lookAt(directory, name, joinParts([...above, name]))));
    for (const [index, entry] of entries.entries()) {
      walk.signal?.throwIfAborted();
      const name = some[index]?.name;
      if (entry === undefined || name === undefined) continue;
      if (walk.seen >= walk.maxEntries) throw tooMany(walk);
      walk.seen += 1;
      if (entry.kind === 'directory') yield* walkDirectory(directory, [...above, name], entry, walk);
      else yield entry;
    }
  }
  if (more) throw tooMany(walk);
}

async function* walkDirectory(
  parent: FileHandle,
  parts: readonly Buffer[],
  entry: TreeEntry,
  walk: Walk,
): AsyncGenerator<TreeEntry, void> {
  const opened = await openAt(parent, parts.at(-1) ?? entry.name, 'directory');
  const { handle } = opened;
  if (handle === undefined) {
    if (opened.found !== 'nothing') yield { ...entry, kind: opened.found };
    return;
  }
  try {
    yield entry;
    if (walk.enter?.(entry.name) ?? true) yield* walkInto(handle, parts, walk);
  } finally {
    await handle.close();
  }
}

/** Undefined when the entry went between the reading of its name and now. */
async function lookAt(directory: FileHandle, name: Buffer, path: Buffer): Promise<TreeEntry | undefined> {
  try {
    const stats = await lstat(pathAt(directory, name));
    const kind = kindOf(stats);
    return {
      name: path,
      kind,
      size: kind === 'file' ? stats.size : 0,
      mode: stats.mode & 0o777,
      modified: stats.mtime,
    };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    // A directory without search permission shows names only.
    if (errnoOf(error) === 'EACCES')
      return { name: path, kind: 'unreadable entry', size: 0, mode: 0, modified: new Date(0) };
    throw error;
  }
}

function tooMany({ maxEntries }: WalkOptions): ExecError {
  return beyond('maxEntries', `more than ${maxEntries} files and directories`);
}

function beyond(limit: string, what: string): ExecError {
  return new ExecError('OUTPUT_TOO_LARGE', `The directory tree has ${what}, the limit (${limit}).`, {
    context: { limit },
  });
}
