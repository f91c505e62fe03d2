import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';

interface WriteArchive {
  /** Whether a file of that name is replaced, once the new one is complete. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes an archive to a file; one that breaks off leaves no file, and what it would have replaced stays.
 * @throws ExecError INVALID_REQUEST for a path that cannot be written to; the error of the body
 */
export async function writeArchive(body: Readable, path: string, { replace, signal }: WriteArchive): Promise<void> {
  const written = replace ? join(dirname(path), `.${randomUUID()}.part`) : path;
  const file = await createFile(written, path, replace).catch((error: unknown) => {
    body.destroy();
    throw error;
  });
  try {
    await pipeline(body, file.createWriteStream(), { signal });
    if (replace) await rename(written, path);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

async function createFile(written: string, path: string, replace: boolean): Promise<FileHandle> {
  if (replace && (await isNoFile(path)))
    throw new ExecError('INVALID_REQUEST', `${path} is no regular file. Name a file, or write to "-".`);
  try {
    return await open(written, 'wx');
  } catch (error) {
    if (errnoOf(error) === 'EEXIST')
      throw new ExecError('INVALID_REQUEST', `${path} exists already. Replace it with --force, or name another file.`);
    throw new ExecError('INVALID_REQUEST', `${path} cannot be written to: ${messageOf(error)}.`, { cause: error });
  }
}

async function isNoFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile(),
    () => false,
  );
}
