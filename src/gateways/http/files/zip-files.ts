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
  const unusedName = createEntryNames();
  zip.on('error', fail);
  for (const { name, size, open, prepare } of files) {
    if (open === undefined) continue;
    // What is in an object with others has a size that is certain only when it is opened.
    const known = prepare === undefined ? { size } : {};
    zip.addReadStreamLazy(unusedName(archiveNameOf(name)), { ...known, mtime: modified }, (onOpened) => {
      open(signal).then(({ body }) => onOpened(null, body), fail);
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

/**
 * Numbers the names of an archive that are the same. A name has its next number noted, so that many of them cost a few
 * look-ups each.
 * @param used the names of the archive so far
 */
export function createEntryNames(used: Pick<Set<string>, 'has' | 'add'> = new Set()): (name: string) => string {
  const next = new Map<string, number>();
  return (name) => {
    let number = next.get(name) ?? 1;
    let entry = numbered(name, number);
    while (used.has(entry)) {
      number += 1;
      entry = numbered(name, number);
    }
    next.set(name, number + 1);
    used.add(entry);
    return entry;
  };
}

function numbered(name: string, number: number): string {
  return number === 1 ? name : `${name}~${number}`;
}
