import { open } from 'node:fs/promises';
import { errnoOf } from '../exec-error.ts';
import { delay } from '../time/deadline.ts';

const longestText = 64 * 1024;
// Nearly all are shorter, and so small a buffer comes from Node's own pool.
const usualText = 2048;

/**
 * The text of a short file, or undefined when there is none. One read where that suffices, since such files are made by one
 * write, and every further call costs as much as the reading.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(usualText), 0, usualText, 0);
      if (bytesRead < usualText) return buffer.toString('utf8', 0, bytesRead);
      const whole = await file.read(Buffer.allocUnsafe(longestText), 0, longestText, 0);
      return whole.buffer.toString('utf8', 0, whole.bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const writePauseMs = 5;
// A second: a busy host may keep the writer from its next instruction for long.
const writeTries = 200;

/** As `readIfThere`, of a file that is made an instant before its text is written. */
export async function readOnceWritten(path: string): Promise<string | undefined> {
  for (let left = writeTries; ; left -= 1) {
    const text = await readIfThere(path);
    if (text !== '' || left === 0) return text;
    await delay(writePauseMs);
  }
}
