import type { Readable } from 'node:stream';
import { extract as createExtract, type Extract, type Header } from 'tar-stream';
import { destroyOnAbort } from '../../support/abort/destroy-on-abort.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { showName } from '../beneath/file-name.ts';
import { linkBeneath } from '../beneath/link-beneath.ts';
import { makeDirectoriesBeneath, writeBeneath } from '../beneath/write-beneath.ts';
import { type ByteBudget, createByteBudget } from '../byte-budget.ts';

export interface UnpackOptions {
  /** A directory of ours; files of the archive replace existing ones. */
  readonly directory: string;
  /** How many leading parts of each name are dropped; an engine puts the directory's own name in front. */
  readonly stripParts: number;
  readonly maxBytes: number;
  /** Entries of any kind. */
  readonly maxEntries: number;
  /** Parts of a name. */
  readonly maxDepth: number;
  /** For links of both kinds, FIFOs and devices: refuse the archive, or leave them out and report them. */
  readonly others: 'refuse' | 'skip';
  /** `make`: symbolic links are made, for a reader that follows none itself. */
  readonly links?: 'make' | undefined;
  readonly signal: AbortSignal;
}

export interface UnpackReport {
  readonly files: number;
  readonly bytes: number;
  /** What was left out. */
  readonly skipped: readonly SkippedEntry[];
}

export interface SkippedEntry {
  readonly name: string;
  readonly what: string;
}

const longestName = 255;
const unknownKind = 'entry of unknown kind';
const otherKinds: Readonly<Record<string, string>> = {
  link: 'hard link',
  symlink: 'symbolic link',
  fifo: 'FIFO',
  'block-device': 'device',
  'character-device': 'device',
};

/**
 * Writes an uncompressed tar archive of unknown origin below a directory. No link is followed; what was unpacked
 * before an error stays.
 * @throws ExecError OUTPUT_INVALID for a name that leaves the directory, a refused kind or a damaged archive;
 * OUTPUT_TOO_LARGE beyond a limit; what the stream fails with; the signal's reason
 */
export async function unpackTar(archive: Readable, options: UnpackOptions): Promise<UnpackReport> {
  const release = destroyOnAbort(archive, options.signal);
  const extract = createExtract();
  const source: { error?: unknown } = {};
  const feeding = feed(archive, extract, source);
  try {
    return await unpackEntries(extract, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof ExecError) throw error;
    if ('error' in source) throw source.error;
    throw new ExecError('OUTPUT_INVALID', `The archive is damaged: ${messageOf(error)}.`, { cause: error });
  } finally {
    extract.destroy();
    await feeding;
    release();
  }
}

/** An error of reading the archive goes to `source`, so that it is not mistaken for a format error. */
async function feed(archive: Readable, extract: Extract, source: { error?: unknown }): Promise<void> {
  try {
    for await (const chunk of archive) if (!extract.write(chunk) && !(await drained(extract))) return;
    extract.end(undefined);
  } catch (error) {
    source.error = error;
    extract.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** @returns false when the archive was aborted meanwhile */
function drained(extract: Extract): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean) => {
      extract.off('drain', onDrain).off('close', onClose);
      resolve(isDrained);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    extract.on('drain', onDrain).on('close', onClose);
    if (extract.destroying) settle(false);
  });
}

async function unpackEntries(extract: Extract, options: UnpackOptions): Promise<UnpackReport> {
  const { maxBytes, maxEntries } = options;
  const budget = createByteBudget(maxBytes, () => beyond(`more than ${formatBytes(maxBytes)}`, 'maxBytes'));
  const skipped: SkippedEntry[] = [];
  let entries = 0;
  let files = 0;
  for await (const entry of extract) {
    entries += 1;
    if (entries > maxEntries) throw beyond(`more than ${maxEntries} entries`, 'maxEntries');
    const what = await unpackEntry(entry.header, bytesOf(entry), budget, options);
    if (what === 'file') files += 1;
    else if (what !== 'directory' && what !== 'made')
      skipped.push({ name: showName(Buffer.from(entry.header.name)), what });
    entry.resume();
  }
  return { files, bytes: budget.used, skipped };
}

/** @returns `file`, `directory`, `made` for a link, or what was left out */
async function unpackEntry(
  header: Header,
  content: AsyncIterable<Uint8Array>,
  budget: ByteBudget,
  options: UnpackOptions,
): Promise<string> {
  const { directory: root, signal } = options;
  const parts = partsOfEntry(header.name, options);
  const { type, linkname } = header;
  if (type === 'symlink' && options.links === 'make' && typeof linkname === 'string')
    if (await linkBeneath(root, parts, linkname)) return 'made';
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') {
    const what = otherKinds[type] ?? unknownKind;
    if (options.others === 'refuse')
      throw invalid(
        header.name,
        `is ${what === unknownKind ? 'an' : 'a'} ${what}; only files and directories are accepted`,
      );
    return what;
  }
  // The parser puts this character where a name is not UTF-8.
  if (header.name.includes('\ufffd')) return 'name that is not UTF-8';
  if (type === 'directory') {
    const handle = await makeDirectoriesBeneath(root, parts);
    await handle.close();
    return 'directory';
  }
  if (parts.length === 0) throw invalid(header.name, 'names no file');
  await writeBeneath({ root, parts, source: content, mode: header.mode & 0o777, budget, signal, replace: true });
  return 'file';
}

function partsOfEntry(name: string, { stripParts, maxDepth }: UnpackOptions): Buffer[] {
  if (name.startsWith('/')) throw invalid(name, 'is absolute');
  if (name.includes('\0')) throw invalid(name, 'holds a NUL byte');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw invalid(name, 'has a ".." part');
  if (parts.some((part) => Buffer.byteLength(part) > longestName))
    throw invalid(name, `has a part of more than ${longestName} bytes`);
  const below = parts.slice(stripParts);
  if (below.length > maxDepth) throw beyond(`directories nested more than ${maxDepth} deep`, 'maxDepth');
  return below.map((part) => Buffer.from(part));
}

export async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of entry) if (chunk instanceof Uint8Array) yield chunk;
}

function invalid(name: string, problem: string): ExecError {
  return new ExecError(
    'OUTPUT_INVALID',
    `The archive is refused: its entry "${showName(Buffer.from(name))}" ${problem}.`,
  );
}

function beyond(what: string, limit: string): ExecError {
  return new ExecError('OUTPUT_TOO_LARGE', `The archive has ${what}, the limit (${limit}).`, { context: { limit } });
}
