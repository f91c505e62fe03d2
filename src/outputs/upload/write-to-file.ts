import { randomUUID } from 'node:crypto';
import { realpath, rename, stat, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { directoryAbove, fileUrlPath } from '../../support/files/file-url-path.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { type Owner, pathAt } from '../../workspace/beneath/open-beneath.ts';
import { createOpenDirectories } from '../../workspace/beneath/open-directories.ts';
import { type WriteOptions, writeBeneath } from '../../workspace/beneath/write-beneath.ts';

const mode = 0o644;

/**
 * Writes a file of this host below one of the allowed directories; no link in its path is followed. It takes the place of one
 * that exists once it is complete. Missing directories are made. All of it belongs to the owner of the allowed directory.
 * @throws ExecError INVALID_REQUEST | POLICY_DENIED | STORE_UNAVAILABLE; the signal's reason
 */
export async function writeToFile(
  { body, size }: { readonly body: Readable; readonly size: number },
  url: URL,
  allowedDirectories: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const path = fileUrlPath(url);
  const directory = directoryAbove(path, allowedDirectories);
  if (directory === undefined)
    throw new ExecError(
      'POLICY_DENIED',
      `${path} lies in no directory that files may be written to (EXEC_OUTPUT_FILES). Name an s3:// URL, or have its directory allowed.`,
    );
  const parts = partsOf(path.slice(directory.length + 1));
  try {
    const root = await realpath(directory || '/');
    const owner = await ownerOf(root);
    await replaceBeneath({ root, parts, source: whole(body, size), mode, owner, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new ExecError('STORE_UNAVAILABLE', `${path} could not be written: ${messageOf(error)}.`, { cause: error });
  }
}

/** Fails at the end of a body that is too short, so that nothing is left of it. */
async function* whole(body: Readable, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of body) {
    read += chunk.length;
    yield chunk;
  }
  if (read < size) throw new Error(`it ended after ${read} of ${size} bytes`);
}

/**
 * Who gets the files: the owner of the directory. Files of root could only be read by its users. Undefined for an agent that is
 * not root, which cannot give files away.
 */
async function ownerOf(root: string): Promise<Owner | undefined> {
  const { uid, gid } = await stat(root);
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
}

/** Until the new file is complete, readers see the older one. It also stays if writing fails. */
async function replaceBeneath(options: Omit<WriteOptions, 'directories' | 'replace'>): Promise<void> {
  const { root, parts, owner } = options;
  const name = parts.at(-1) ?? Buffer.of();
  const above = parts.slice(0, -1);
  const draft = Buffer.from(`.${randomUUID()}.part`);
  const directories = createOpenDirectories(root, { make: 'plain', owner });
  try {
    await writeBeneath({ ...options, directories, parts: [...above, draft] });
    await directories.within(
      above,
      async (directory) => {
        const written = pathAt(directory, draft);
        await rename(written, pathAt(directory, name)).catch(async (error: unknown) => {
          await unlink(written);
          throw error;
        });
      },
      ({ found, at }) => Promise.reject(new Error(`${at} is not a directory (${found})`)),
    );
  } finally {
    await directories.close();
  }
}
