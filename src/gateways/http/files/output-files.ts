import { Readable } from 'node:stream';
import { contentTypeOf } from '../../../http/bodies/file-headers.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import type { FileList } from '../../../wire/http.ts';
import type { CollectedFile, ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';
import { readMoved } from './read-moved.ts';

type Finished = Extract<ExecutionRecord, { state: 'finished' }>;

/** A file that an execution left, and where its content is. */
export interface OutputFile {
  readonly name: string;
  readonly size: number;
  readonly sha256?: string | undefined;
  /** Absent: it is not kept. */
  readonly open?: (signal: AbortSignal) => Promise<Readable>;
}

/** By name. What is in the record is read from there, the rest from the object store. */
export function outputFilesOf(
  { plan, outcome: { collected } }: Finished,
  { store }: Pick<HttpOptions, 'store'>,
): ReadonlyMap<string, OutputFile> {
  const files = new Map<string, OutputFile>();
  const prefix = `executions/${plan.id}/output/`;
  for (const { name: object, bucket, size, sha256 } of collected?.uploads ?? []) {
    if (!object.startsWith(prefix)) continue;
    const name = object.slice(prefix.length);
    const open = async (signal: AbortSignal) => (await store.get({ bucket, name: object }, signal)).body;
    files.set(name, { name, size, sha256, open });
  }
  for (const file of collected?.files ?? []) {
    const { name, size, sha256 } = file;
    const open = files.get(name)?.open ?? openRecorded(file, store);
    files.set(name, { name, size, sha256, ...(open === undefined ? {} : { open }) });
  }
  return files;
}

function openRecorded(file: CollectedFile, store: ObjectStore): OutputFile['open'] {
  const { content, encoding, ref } = file;
  if (content !== undefined) return async () => Readable.from([Buffer.from(content, encoding)], { objectMode: false });
  return ref === undefined ? undefined : (signal) => readMoved(file, ref, { store, signal });
}

export function fileListOf(files: ReadonlyMap<string, OutputFile>): FileList {
  const sorted = [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    files: sorted.map(({ name, size, sha256, open }) => ({
      name,
      size,
      content_type: contentTypeOf(name),
      ...(sha256 === undefined ? {} : { sha256 }),
      stored: open !== undefined,
    })),
  };
}
