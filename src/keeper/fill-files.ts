import { chmod, copyFile, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../support/exec-error.ts';
import type { Fill } from '../wire/pod/keeper.ts';

/**
 * Moves the content of staged files into files that exist, because those are mounted in containers already. A file that was
 * not staged leaves its target as it is.
 * @throws system errors
 */
export async function fillFiles(fills: readonly Fill[], signal: AbortSignal): Promise<void> {
  for (const { from, to } of fills) {
    signal.throwIfAborted();
    try {
      const { mode } = await stat(from);
      await copyFile(from, to);
      await chmod(to, mode & 0o777);
      await rm(from);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
