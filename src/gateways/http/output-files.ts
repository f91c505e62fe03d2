import { Readable } from 'node:stream';
import type { FileList } from '../../wire/http.ts';
import type { ExecutionRecord } from '../../wire/record.ts';
import { contentTypeOf } from './file-headers.ts';
import type { HttpOptions } from './http-options.ts';

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
  for (const { name: object, bucket, size } of collected?.uploads ?? []) {
    const name = object.replace(`executions/${plan.id}/output/`, '');
    files.set(name, { name, size, open: async (signal) => (await store.get({ bucket, name: object }, signal)).body });
  }
  for (const { name, size, sha256, content, encoding } of collected?.files ?? []) {
    const inRecord =
      content === undefined
        ? undefined
        : async () => Readable.from([Buffer.from(content, encoding)], { objectMode: false });
    const open = inRecord ?? files.get(name)?.open;
    files.set(name, { name, size, sha256, ...(open === undefined ? {} : { open }) });
  }
  return files;
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
