import { readdir } from 'node:fs/promises';
import { errnoOf } from '../exec-error.ts';

/** Names of the entries of a directory; none when it is not there. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
