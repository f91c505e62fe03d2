import { Readable } from 'node:stream';
import { contentTypeOf } from '../../../http/bodies/file-headers.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { sortInTurns } from '../../../support/time/sort-in-turns.ts';
import { createTurns } from '../../../support/time/take-turns.ts';
import type { FileList } from '../../../wire/http/files.ts';
import type { CollectedFile, ExecutionRecord } from '../../../wire/record/record.ts';
import { createMovedFiles, type MovedFiles } from './read-moved.ts';

type Finished = Extract<ExecutionRecord, { state: 'finished' }>;

/** A file that an execution left, and where its content is. */
export interface OutputFile {
  readonly name: string;
  /** Of the content that is kept, if that is known before it is opened, or of the file as it was. */
  readonly size: number;
  readonly sha256?: string | undefined;
  /** Absent: it is not kept. */
  readonly open?: (signal: AbortSignal) => Promise<OpenedFile>;
  /** Only of a file in an object with others: `open` works after it, unless the object changes. Fails as `open` does. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
}

export interface OpenedFile {
  readonly body: Readable;
  /** Of the body, in bytes. A secret that is hidden in it makes it differ from the file as it was. */
  readonly size: number;
}

/** By name. What is in the record is read from there, the rest from the object store. */
export function outputFilesOf(
  { plan, outcome: { collected } }: Finished,
  { store }: { readonly store: Pick<ObjectStore, 'get'> },
): ReadonlyMap<string, OutputFile> {
  const files = new Map<string, OutputFile>();
  const moved = createMovedFiles(store);
  const prefix = `executions/${plan.id}/output/`;
  for (const { name: object, bucket, size, sha256 } of collected?.uploads ?? []) {
    if (!object.startsWith(prefix)) continue;
    const name = object.slice(prefix.length);
    files.set(name, { name, size, sha256, open: (signal) => store.get({ bucket, name: object }, signal) });
  }
  for (const file of collected?.files ?? []) {
    const uploaded = files.get(file.name);
    files.set(file.name, uploaded === undefined ? recordedFile(file, moved) : { ...uploaded, sha256: file.sha256 });
  }
  return files;
}

function recordedFile({ name, size, sha256, content, encoding, ref }: CollectedFile, moved: MovedFiles): OutputFile {
  if (content !== undefined) {
    const open = async () => openBytes(Buffer.from(content, encoding));
    return { name, size: Buffer.byteLength(content, encoding), sha256, open };
  }
  if (ref === undefined) return { name, size, sha256 };
  return {
    name,
    size,
    sha256,
    open: async (signal) => openBytes(await moved.read(name, ref, signal)),
    prepare: async (signal) => void (await moved.read(name, ref, signal)),
  };
}

function openBytes(bytes: Buffer): OpenedFile {
  return { body: Readable.from([bytes], { objectMode: false }), size: bytes.length };
}

/** Others run while a long list is made. */
export async function fileListOf(files: ReadonlyMap<string, OutputFile>): Promise<FileList> {
  const turns = createTurns();
  const sorted = await sortInTurns([...files.values()], (a, b) => (a.name < b.name ? -1 : 1), turns);
  const listed: FileList['files'] = [];
  for (const { name, size, sha256, open } of sorted) {
    if (turns.spend(stepsPerFile)) await turns.rest();
    const digest = sha256 === undefined ? {} : { sha256 };
    listed.push({ name, size, content_type: contentTypeOf(name), ...digest, stored: open !== undefined });
  }
  return { files: listed };
}

// What the entry of a file takes, compared with a look at its name.
const stepsPerFile = 100;
