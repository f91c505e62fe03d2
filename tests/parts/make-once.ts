import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFileLock } from './processes/file-lock.ts';

/** Fills a directory unless it exists; it appears whole or not at all, also when two processes want it at once. */
export async function makeOnce(directory: string, make: (target: string) => Promise<void>): Promise<string> {
  await mkdir(dirname(directory), { recursive: true });
  return withFileLock(`${directory}.lock`, async () => {
    if (existsSync(directory)) return directory;
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await make(unfinished);
    await rename(unfinished, directory);
    return directory;
  });
}
