import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { CollectedFile } from '../wire/record.ts';
import { partsOf } from '../workspace/file-name.ts';
import { openBeneath } from '../workspace/open-beneath.ts';
import { readChunks } from '../workspace/read-file.ts';
import type { Allowance } from './allowance.ts';
import type { Findings } from './findings.ts';
import { invalidFile, type SelectedFile, type Selection } from './select-files.ts';

export interface ReadOptions {
  readonly maxFileContentBytes: number;
  /** Bytes of all contents together, as they stand in the answer. */
  readonly maxAnswerContentBytes: number;
  /** Bytes that may still be read at all. */
  readonly allowance: Allowance;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/** The selected files in order of name, with content as long as there is room for it. */
export async function readSelected(selection: Selection, options: ReadOptions): Promise<CollectedFile[]> {
  const { findings, signal, maxAnswerContentBytes } = options;
  const sorted = [...selection].toSorted(([, a], [, b]) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const collected: CollectedFile[] = [];
  let room = maxAnswerContentBytes;
  for (const [path, selected] of sorted) {
    signal.throwIfAborted();
    const file = await readOne(path, selected, options);
    if (file === undefined) continue;
    room -= file.content === undefined ? 0 : Buffer.byteLength(JSON.stringify(file.content));
    if (file.content === undefined || room >= 0) {
      collected.push(file);
    } else {
      const { content: _, ...rest } = file;
      collected.push({ ...rest, encoding: 'utf8', truncated: true });
      findings.skip(file.name, 'no room');
      // Small files behind it do not slip in: what comes back would be hard to foresee.
      room = -1;
    }
  }
  return collected;
}

async function readOne(path: string, selected: SelectedFile, options: ReadOptions): Promise<CollectedFile | undefined> {
  const { survey, name, expected } = selected;
  const opened = await openBeneath(survey.volume, [...survey.above, ...partsOf(name)], 'file');
  const { handle } = opened;
  if (handle === undefined) {
    // It was a file a moment ago, so someone still writes there.
    if (expected && opened.found === 'nothing')
      options.findings.miss(name, `The expected file ${name} went away before it could be read.`);
    else if (expected) {
      options.findings.missToo(name);
      options.findings.fail('OUTPUT_INVALID', invalidFile(name, opened.found));
    } else options.findings.skip(`${name} (${opened.found})`, 'special');
    return undefined;
  }
  try {
    const { size } = opened.stats;
    if (!options.allowance.take(size)) return { name, path, size, encoding: 'utf8', truncated: true };
    return { name, path, ...(await readContent(handle, size, options)) };
  } finally {
    await handle.close();
  }
}

type Content = Omit<CollectedFile, 'name' | 'path'>;

/** @param size as it was when opened; what is added later is left out */
async function readContent(
  handle: FileHandle,
  size: number,
  { maxFileContentBytes, signal }: ReadOptions,
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
  const bytes = Buffer.concat(kept);
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64';
  return { size: read, sha256, content: bytes.toString(encoding), encoding, truncated: false };
}
