import { type FileHandle, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ExecError, errnoOf } from '../support/exec-error.ts';
import type { ByteBudget } from './byte-budget.ts';
import { destroyOnAbort } from './destroy-on-abort.ts';
import { joinParts, showName } from './file-name.ts';
import { orHostFault } from './host-fault.ts';
import { createFileAt, openBeneath, openOrMakeDirectoryAt, pathAt } from './open-beneath.ts';

export type WriteSource = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface WriteOptions {
  /** A directory that is ours. */
  readonly root: string;
  /** The file below it; directories on the way are made (0755). */
  readonly parts: readonly Buffer[];
  /** Text becomes UTF-8; a stream is destroyed when the signal aborts or the writing fails. */
  readonly source: WriteSource;
  /** Permission bits, whatever the umask. */
  readonly mode: number;
  /** What all writers together may write; absent: as much as the disk takes. */
  readonly budget?: ByteBudget;
  readonly signal: AbortSignal;
  /** Whether a file of that name gives way; otherwise it is an error. */
  readonly replace?: boolean;
  /** Whether to wait until the bytes are on the disk. */
  readonly sync?: boolean;
}

/**
 * Writes one file below a root without following any link; a failed one leaves no file behind.
 * @returns its size in bytes
 * @throws what the budget or the source throws; ExecError INTERNAL when the host, or what stands there, does not let it
 */
export async function writeBeneath(options: WriteOptions): Promise<number> {
  const { source, signal } = options;
  const stream = source instanceof Readable ? source : undefined;
  const release = stream === undefined ? undefined : destroyOnAbort(stream, signal);
  try {
    signal.throwIfAborted();
    return await writeFile(options);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    release?.();
    stream?.destroy();
  }
}

async function writeFile(options: WriteOptions): Promise<number> {
  const { root, parts, mode, replace = false, sync = false } = options;
  const name = parts.at(-1) ?? Buffer.of();
  const here = <T>(call: Promise<T>): Promise<T> => orHostFault(call, `${root}/${showName(joinParts(parts))}`);
  const directory = await here(makeDirectoriesBeneath(root, parts.slice(0, -1)));
  try {
    const handle = await here(create(directory, name, replace));
    try {
      const size = await fill(options, (chunk) => here(handle.writeFile(chunk)));
      await here(handle.chmod(mode));
      if (sync) await here(handle.sync());
      return size;
    } catch (error) {
      // What made the writing fail counts; that the rest could not be removed as well would only hide it.
      await unlink(pathAt(directory, name)).catch(() => undefined);
      throw error;
    } finally {
      await handle.close();
    }
  } finally {
    await directory.close();
  }
}

/**
 * Makes the directories that are missing (0755) and opens the last; none means the root itself.
 * @throws ExecError INTERNAL when something else stands in the way; system errors
 */
export async function makeDirectoriesBeneath(root: string, parts: readonly Buffer[]): Promise<FileHandle> {
  let current = await openBeneath(root, [], 'directory');
  for (const [index, part] of parts.entries()) {
    const parent = current.handle;
    if (parent === undefined) break;
    current = await openOrMakeDirectoryAt(parent, part).finally(() => parent.close());
    if (current.handle === undefined) current = { ...current, at: showName(joinParts(parts.slice(0, index + 1))) };
  }
  if (current.handle !== undefined) return current.handle;
  const { found, at } = current;
  throw new ExecError('INTERNAL', `${root}/${at} is not a directory (${found}).`, { context: { found, at } });
}

async function create(directory: FileHandle, name: Buffer, replace: boolean): Promise<FileHandle> {
  try {
    return await createFileAt(directory, name);
  } catch (error) {
    if (!replace || errnoOf(error) !== 'EEXIST') throw error;
    await unlink(pathAt(directory, name));
    return createFileAt(directory, name);
  }
}

async function fill(
  { source, budget, signal }: WriteOptions,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  const chunks = typeof source === 'string' ? [Buffer.from(source)] : source instanceof Uint8Array ? [source] : source;
  let size = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    budget?.take(chunk.length);
    await write(chunk);
    size += chunk.length;
  }
  return size;
}
