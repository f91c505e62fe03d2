import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { toExecError } from '../../../support/exec-error.ts';
import type { OutputFile } from './output-files.ts';

interface ZipOptions {
  /** Of the files in the archive. */
  readonly modified: Date;
  readonly signal: AbortSignal;
}

/** The files whose contents are kept, as a zip archive. Each is opened when it is its turn, and streamed. */
export function zipFiles(files: Iterable<OutputFile>, { modified, signal }: ZipOptions): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  const fail = (error: unknown) => void output.destroy(toExecError(error));
  const used = new Set<string>();
  zip.on('error', fail);
  for (const { name, size, open } of files) {
    if (open === undefined) continue;
    const entry = unusedName(archiveNameOf(name), used);
    used.add(entry);
    zip.addReadStreamLazy(entry, { size, mtime: modified }, (onOpened) => {
      open(signal).then((body) => onOpened(null, body), fail);
    });
  }
  zip.outputStream.pipe(output);
  zip.end();
  return output;
}

/** A name that no program takes for a place outside the directory it unpacks to. */
export function archiveNameOf(name: string): string {
  const parts = name.replaceAll(/[\\\0]/g, '_').split('/');
  return parts
    .filter((part) => part !== '')
    .map((part) => (part === '..' || part === '.' ? '_' : part.replace(/^([A-Za-z]):/, '$1_')))
    .join('/');
}

function unusedName(name: string, used: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? name : `${name}~${number}`;
    if (!used.has(numbered)) return numbered;
  }
}
