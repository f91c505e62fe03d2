import { lstat, unlink } from 'node:fs/promises';
import { openBeneath, pathAt } from '../../workspace/beneath/open-beneath.ts';
import { readNames } from '../../workspace/beneath/read-names.ts';

/** Where uploads grow; no bucket can have that name. */
export const incoming = Buffer.from('.incoming');

/** Removes what uploads left that a crash cut off. @param before epoch milliseconds of the last write */
export async function sweepIncoming(root: string, before: number): Promise<void> {
  const { handle } = await openBeneath(root, [incoming], 'directory');
  if (handle === undefined) return;
  try {
    for await (const { name } of readNames(handle)) {
      const path = pathAt(handle, name);
      if ((await lstat(path)).mtimeMs < before) await unlink(path);
    }
  } finally {
    await handle.close();
  }
}
