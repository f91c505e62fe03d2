import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../exec-error.ts';

const chunkBytes = 64 * 1024;
const absent: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  // The process of that entry in /proc went meanwhile.
  'ESRCH',
  // The control group of that file was removed meanwhile.
  'ENODEV',
]);

/**
 * The text of a file of /proc or of a cgroup, undefined when there is none. It is read on this thread: the kernel makes the
 * text at once, without any disk, and the way to another thread and back costs several times as much as that.
 */
export function readKernelFile(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      return readAll(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (absent.has(errnoOf(error))) return undefined;
    throw error;
  }
}

function readAll(file: number): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const bytes = readSync(file, chunk, 0, chunkBytes, null);
    if (bytes === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(chunk.subarray(0, bytes));
  }
}
