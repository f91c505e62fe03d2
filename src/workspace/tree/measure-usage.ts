import type { Stats } from 'node:fs';
import { type FileHandle, lstat, statfs } from 'node:fs/promises';
import { errnoOf } from '../../support/exec-error.ts';
import type { Volume } from '../../wire/plan/plan.ts';
import { openAt, openBeneath, pathAt } from '../beneath/open-beneath.ts';
import { type DirectoryName, readNames } from '../beneath/read-names.ts';
import type { WorkspaceRoots } from '../resolve-in-volumes.ts';

/** Contents of the directories that containers may write to. */
export interface Usage {
  /** Of all files, by their length; a file that takes more than twice that on the disk counts for half of what it takes. */
  readonly bytes: number;
  /** Entries of any kind. */
  readonly files: number;
  /** Parts of the longest path. */
  readonly depth: number;
}

/** Counts the contents and stops once a bound is exceeded. */
export type MeasureUsage = (bounds: Usage, signal: AbortSignal) => Promise<Usage>;

/** Entries that are looked at together. */
const batchSize = 64;
/** A count that took long is good for this many times as long, so that many files cannot keep the agent busy. */
const restFactor = 20;

interface Count {
  readonly usage: Usage;
  readonly endedAt: number;
  readonly tookMs: number;
  readonly free: Free;
}

export interface UsageSenses {
  /** What the file system of a directory could still take. */
  readonly freeAround?: (directory: string) => Promise<Free>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/**
 * Measures directories that containers write to, while they do. A process that moves files about while they are counted
 * can hide some from one count; what was deleted and is still open is not counted at all.
 */
export function createUsageMeter(
  directories: readonly string[],
  { freeAround = freeOnDisk, now = () => performance.now() }: UsageSenses = {},
): MeasureUsage {
  let last: Count | undefined;
  return async (bounds, signal) => {
    const [first] = directories;
    if (first === undefined) return nothing;
    const begun = now();
    const free = await freeAround(first);
    if (last !== undefined && isGood(last, begun, free, bounds)) return last.usage;
    const usage = await count(directories, bounds, signal);
    const endedAt = now();
    last = { usage, endedAt, tookMs: endedAt - begun, free };
    return usage;
  };
}

/** Of a workspace, what containers write to. */
export function writableRoots(volumes: readonly Volume[], roots: WorkspaceRoots): readonly string[] {
  return volumes.filter(({ access }) => access === 'read-write').flatMap(({ path }) => roots.get(path) ?? []);
}

/** A recent count is reused while the disk has not lost enough free space to reach a bound. */
function isGood({ usage, endedAt, tookMs, free }: Count, now: number, freeNow: Free, bounds: Usage): boolean {
  return (
    now - endedAt < tookMs * restFactor &&
    free.bytes - freeNow.bytes <= bounds.bytes - usage.bytes &&
    free.files - freeNow.files <= bounds.files - usage.files
  );
}

type Free = Pick<Usage, 'bytes' | 'files'>;

async function freeOnDisk(directory: string): Promise<Free> {
  const { bfree, bsize, ffree } = await statfs(directory);
  return { bytes: bfree * bsize, files: ffree };
}

const nothing: Usage = { bytes: 0, files: 0, depth: 0 };

interface Tally {
  bytes: number;
  files: number;
  depth: number;
  readonly bounds: Usage;
  readonly signal: AbortSignal;
}

async function count(directories: readonly string[], bounds: Usage, signal: AbortSignal): Promise<Usage> {
  const tally: Tally = { ...nothing, bounds, signal };
  for (const directory of directories) {
    const { handle } = await openBeneath(directory, [], 'directory');
    if (handle !== undefined) await countInto(handle, 1, tally).finally(() => handle.close());
  }
  const { bytes, files, depth } = tally;
  return { bytes, files, depth };
}

async function countInto(directory: FileHandle, depth: number, tally: Tally): Promise<void> {
  const directories: Buffer[] = [];
  for await (const batch of batchesOf(readNames(directory))) {
    tally.signal.throwIfAborted();
    tally.files += batch.length;
    tally.depth = Math.max(tally.depth, depth);
    const all = await Promise.all(batch.map(({ name }) => statsOf(directory, name)));
    for (const [index, stats] of all.entries()) {
      const name = batch[index]?.name;
      if (stats?.isFile()) tally.bytes += chargeOf(stats);
      else if (stats?.isDirectory() && name !== undefined) directories.push(name);
    }
    if (isBeyond(tally)) return;
  }
  for (const name of directories) {
    const { handle } = await openAt(directory, name, 'directory');
    if (handle !== undefined) await countInto(handle, depth + 1, tally).finally(() => handle.close());
    if (isBeyond(tally)) return;
  }
}

async function* batchesOf(names: AsyncIterable<DirectoryName>): AsyncGenerator<DirectoryName[], void> {
  let batch: DirectoryName[] = [];
  for await (const name of names) {
    batch.push(name);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const gone: readonly (string | undefined)[] = ['ENOENT', 'EACCES'];

/** Undefined when the entry went meanwhile, or lies in a directory that may not be searched. */
async function statsOf(directory: FileHandle, name: Buffer): Promise<Stats | undefined> {
  try {
    return await lstat(pathAt(directory, name));
  } catch (error) {
    if (gone.includes(errnoOf(error))) return undefined;
    throw error;
  }
}

const statUnit = 512;

/** Space can be taken without length. Up to twice the length, file systems reserve it by themselves. */
function chargeOf({ size, blocks, blksize }: Stats): number {
  return Math.max(size, (blocks * statUnit - blksize) / 2);
}

function isBeyond({ bytes, files, depth, bounds }: Tally): boolean {
  return bytes > bounds.bytes || files > bounds.files || depth > bounds.depth;
}
