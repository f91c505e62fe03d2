import { type FileHandle, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { destroyOnAbort } from '../../support/abort/destroy-on-abort.ts';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import type { ByteBudget } from '../byte-budget.ts';
import type { Pour } from '../pour.ts';
import { joinParts, showName } from './file-name.ts';
import { orHostFault } from './host-fault.ts';
import { createFileAt, type Owner, openBeneath, openOrMakeDirectoryAt, pathAt } from './open-beneath.ts';
import { createOpenDirectories, type NotOpened, type OpenDirectories } from './open-directories.ts';

export type WriteSource = string | Uint8Array | AsyncIterable<Uint8Array | string> | Pour;

export interface WriteOptions {
  /** A directory of ours. */
  readonly root: string;
  /** The open directories below it, made with `make`, where many files are written; absent: opened for this one. */
  readonly directories?: OpenDirectories;
  /** The file below it; directories on the way are made (0755). */
  readonly parts: readonly Buffer[];
  /** Text becomes UTF-8; a stream is destroyed when the signal aborts or the writing fails. */
  readonly source: WriteSource;
  /** Permission bits; the umask does not change them. */
  readonly mode: number;
  /** Who gets the file; absent: this process. */
  readonly owner?: Owner | undefined;
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
 * @throws the error of the budget or the source; ExecError INTERNAL when the host or an existing entry prevents it
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
  const { root, parts, directories } = options;
  const name = parts.at(-1) ?? Buffer.of();
  const opened = directories ?? createOpenDirectories(root, { make: 'plain' });
  const here = <T>(call: Promise<T>): Promise<T> => orHostFault(call, `${root}/${showName(joinParts(parts))}`);
  let entered = false;
  try {
    return await opened.within(
      parts.slice(0, -1),
      (directory) => {
        entered = true;
        return writeAt(directory, name, options, here);
      },
      (problem) => Promise.reject(inTheWay(root, problem)),
    );
  } catch (error) {
    // An error after the directory was entered comes from the source, any other from the host.
    if (entered) throw error;
    return await here(Promise.reject(error));
  } finally {
    if (directories === undefined) await opened.close();
  }
}

/**
 * Makes the directories that are missing and passes the path of the file in the last. The path stays valid if those
 * directories are moved or replaced. @throws ExecError INTERNAL when another kind of entry is in the way; what `use` throws
 */
export async function usePathBeneath<T>(
  { root, directories, parts }: Pick<WriteOptions, 'root' | 'directories' | 'parts'>,
  use: (path: Buffer) => Promise<T>,
): Promise<T> {
  const name = parts.at(-1) ?? Buffer.of();
  const opened = directories ?? createOpenDirectories(root, { make: 'plain' });
  try {
    return await opened.within(
      parts.slice(0, -1),
      (directory) => use(pathAt(directory, name)),
      (problem) => Promise.reject(inTheWay(root, problem)),
    );
  } finally {
    if (directories === undefined) await opened.close();
  }
}

type Here = <T>(call: Promise<T>) => Promise<T>;

async function writeAt(directory: FileHandle, name: Buffer, options: WriteOptions, here: Here): Promise<number> {
  const { mode, owner, replace = false, sync = false } = options;
  const handle = await here(create(directory, name, replace));
  try {
    const size = await fill(options, (chunks) => here(writeAll(handle, chunks)));
    if (owner !== undefined) await here(handle.chown(owner.uid, owner.gid));
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
}

/**
 * Makes the directories that are missing (0755) and opens the last; none means the root itself.
 * @throws ExecError INTERNAL when another kind of entry exists there; system errors
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
  throw inTheWay(root, current);
}

function inTheWay(root: string, { found, at }: NotOpened): ExecError {
  return new ExecError('INTERNAL', `${root}/${at} is not a directory (${found}).`, { context: { found, at } });
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

/** Small chunks are joined up to about this many bytes and chunks, because each write has a cost. */
const gatheredBytes = 1024 ** 2;
const gatheredChunks = 512;

/** Copies nothing: with large files, what copies leave behind would keep the garbage collector busy. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  for (let left = chunks; left.length > 0; ) {
    const { bytesWritten } = await handle.writev(left);
    left = withoutFirst(left, bytesWritten);
  }
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skipped = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (skipped + chunk.length > bytes) return [chunk.subarray(bytes - skipped), ...chunks.slice(index + 1)];
    skipped += chunk.length;
  }
  return [];
}

type WriteChunks = (chunks: readonly Uint8Array[]) => Promise<void>;

async function fill({ source, ...options }: WriteOptions, write: WriteChunks): Promise<number> {
  return typeof source === 'function' ? fillFromPour(source, options, write) : fillFrom(source, options, write);
}

type FillLimits = Pick<WriteOptions, 'budget' | 'signal'>;

async function fillFromPour(pour: Pour, { budget, signal }: FillLimits, write: WriteChunks): Promise<number> {
  let size = 0;
  await pour(async (bytes) => {
    signal.throwIfAborted();
    budget?.take(bytes.length);
    size += bytes.length;
    await write([bytes]);
  });
  return size;
}

/** While some bytes are written the next ones are taken from the source. */
async function fillFrom(
  source: Exclude<WriteSource, Pour>,
  { budget, signal }: FillLimits,
  write: WriteChunks,
): Promise<number> {
  const chunks = typeof source === 'string' ? [Buffer.from(source)] : source instanceof Uint8Array ? [source] : source;
  let gathered: Uint8Array[] = [];
  let waiting = 0;
  let size = 0;
  let writing: Promise<void> = Promise.resolve();
  const writeGathered = async () => {
    await writing;
    writing = write(gathered);
    // It is awaited before the next one, or at the end.
    writing.catch(() => undefined);
    gathered = [];
    waiting = 0;
  };
  try {
    for await (const some of chunks) {
      signal.throwIfAborted();
      // A Node stream can yield strings although its type promises buffers.
      const chunk = typeof some === 'string' ? Buffer.from(some) : some;
      budget?.take(chunk.length);
      size += chunk.length;
      gathered.push(chunk);
      waiting += chunk.length;
      if (waiting >= gatheredBytes || gathered.length >= gatheredChunks) await writeGathered();
    }
    if (waiting > 0) await writeGathered();
    await writing;
    return size;
  } finally {
    // Nobody may close the file before.
    await Promise.allSettled([writing]);
  }
}
