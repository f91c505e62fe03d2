import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../exec-error.ts';

// Most such files are shorter, and so small a buffer comes from Node's own pool: a larger one for each would be most of the garbage.
const firstBytes = 2048;
const growth = 8;
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
  let buffer = Buffer.allocUnsafe(firstBytes);
  for (let length = 0; ; ) {
    if (length === buffer.length) buffer = Buffer.concat([buffer], length * growth);
    const bytes = readSync(file, buffer, length, buffer.length - length, null);
    if (bytes === 0) return buffer.toString('utf8', 0, length);
    length += bytes;
  }
}
