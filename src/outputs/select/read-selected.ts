import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { joinInTurns, smallText } from '../../support/text/convert-in-turns.ts';
import type { Mask } from '../../support/text/mask.ts';
import { maskInTurns } from '../../support/text/mask-in-turns.ts';
import { nextTurn } from '../../support/time/next-turn.ts';
import type { CollectedFile } from '../../wire/record/record.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import type { Opened } from '../../workspace/beneath/open-beneath.ts';
import { readChunks } from '../../workspace/beneath/read-file.ts';
import type { Allowance } from '../allowance.ts';
import type { Findings } from '../findings.ts';
import { invalidFile, type SelectedFile, type Selection } from './select-files.ts';
import { sortByName } from './sort-by-name.ts';

export interface ReadOptions {
  readonly maxFileContentBytes: number;
  /** Bytes that may still be read at all. */
  readonly allowance: Allowance;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Hides secrets in contents. A content that was changed has no checksum. */
  readonly mask: Mask | undefined;
}

/** Files that are opened and read together. */
const readAtOnce = 16;

/** The selected files in order of name; the contents of only a few of them are in memory at a time. */
export async function* readSelected(selection: Selection, options: ReadOptions): AsyncGenerator<CollectedFile, void> {
  const sorted = await sortByName(selection, ([, { name }]) => name, options.signal);
  for (let from = 0; from < sorted.length; from += readAtOnce) {
    options.signal.throwIfAborted();
    yield* await readSome(sorted.slice(from, from + readAtOnce), options);
  }
}

async function readSome(some: Selected, options: ReadOptions): Promise<CollectedFile[]> {
  const opening = some.map(([, { survey, source }]) =>
    survey.volume.open([...survey.above, ...partsOf(source)], 'file'),
  );
  // Wait for all, so that every file is closed before an error is reported.
  await Promise.allSettled(opening);
  // Start in order of name, so that the files over the limit do not depend on the speed of the disk.
  const inTurn = createQueue();
  const reading = opening.map(async (opened, index) => {
    const [path, selected] = some[index] ?? [];
    return path === undefined || selected === undefined
      ? undefined
      : readOne(path, selected, await opened, { ...options, inTurn });
  });
  await Promise.allSettled(reading);
  return (await Promise.all(reading)).flatMap((file) => file ?? []);
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** One after the other: what is read at once would otherwise be converted in one turn of the event loop. */
function createQueue(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

type ReadOneOptions = ReadOptions & { readonly inTurn: InTurn };

type Selected = readonly (readonly [string, SelectedFile])[];

async function readOne(
  path: string,
  { name, expected }: SelectedFile,
  opened: Opened,
  options: ReadOneOptions,
): Promise<CollectedFile | undefined> {
  if (opened.handle === undefined) {
    // It was a file a moment ago, so someone still writes there.
    if (expected && opened.found === 'nothing')
      options.findings.miss(name, `The expected file ${name} went away before it could be read.`);
    else if (expected) {
      options.findings.addMissing(name);
      options.findings.fail('OUTPUT_INVALID', invalidFile(name, opened.found));
    } else options.findings.skip(`${name} (${opened.found})`, 'special');
    return undefined;
  }
  const { handle, stats } = opened;
  // A file without content can be longer than any number that a record may have.
  const size = Math.min(stats.size, Number.MAX_SAFE_INTEGER);
  try {
    if (!options.allowance.take(size)) return { name, path, size, encoding: 'utf8', truncated: true };
    return { name, path, ...(await readContent(name, handle, size, options)) };
  } finally {
    await handle.close();
  }
}

type Content = Omit<CollectedFile, 'name' | 'path'>;

/** @param size as it was when opened; what is added later is left out */
async function readContent(
  name: string,
  handle: FileHandle,
  size: number,
  { maxFileContentBytes, findings, signal, mask, inTurn }: ReadOneOptions,
): Promise<Content> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  const keep = size <= maxFileContentBytes;
  let read = 0;
  for await (const chunk of readChunks(handle, size)) {
    signal.throwIfAborted();
    hash.update(chunk);
    read += chunk.length;
    if (keep) kept.push(chunk);
  }
  const sha256 = hash.digest('hex');
  if (!keep) return { size: read, sha256, encoding: 'utf8', truncated: true };
  const convert = async (): Promise<Content> => {
    const written = await joinInTurns(kept);
    const bytes = mask === undefined ? written : await maskInTurns(written, mask);
    if (bytes.length > smallText) await nextTurn();
    const encoding = isUtf8(bytes) ? 'utf8' : 'base64';
    const content = bytes.toString(encoding);
    if (bytes.equals(written)) return { size: read, sha256, content, encoding, truncated: false };
    findings.hide(name);
    return { size: read, content, encoding, truncated: false };
  };
  return read > smallText ? inTurn(convert) : convert();
}
