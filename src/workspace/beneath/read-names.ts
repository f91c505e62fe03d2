import type { FileHandle } from 'node:fs/promises';
import { opendir } from 'node:fs/promises';
import { sortInTurns } from '../../support/time/sort-in-turns.ts';
import { createTurns } from '../../support/time/take-turns.ts';
import { pathOf } from './open-beneath.ts';

const namesAtOnce = 256;

export interface DirectoryName {
  readonly name: Buffer;
  /** The kind according to the directory, without a stat of the entry. Only a hint, because the entry may change. */
  readonly isDirectory: boolean;
}

/** The names in an open directory, as they come. */
export async function* readNames(directory: FileHandle): AsyncGenerator<DirectoryName, void> {
  // latin1 gives each byte of a name a character of its own, so that names that are not UTF-8 survive.
  const entries = await opendir(pathOf(directory), { encoding: 'latin1', bufferSize: namesAtOnce });
  for await (const entry of entries)
    yield { name: Buffer.from(entry.name, 'latin1'), isDirectory: entry.isDirectory() };
}

/**
 * The names in order of bytes, a directory standing where its content would (`a-b`, `a/`, `a0`), so that a walk in this
 * order meets whole paths in order.
 * @param max maximum number of names to read; `more` reports whether others exist
 */
export async function readSortedNames(
  directory: FileHandle,
  max: number,
  signal?: AbortSignal,
): Promise<{ readonly names: readonly DirectoryName[]; readonly more: boolean }> {
  const names: { entry: DirectoryName; key: Buffer }[] = [];
  let more = false;
  for await (const entry of readNames(directory)) {
    more = names.length >= max;
    if (more) break;
    names.push({ entry, key: entry.isDirectory ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name });
  }
  const sorted = await sortInTurns(names, (a, b) => Buffer.compare(a.key, b.key), createTurns(signal));
  return { names: sorted.map(({ entry }) => entry), more };
}
