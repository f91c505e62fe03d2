import { realpath } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { directoryAbove, fileUrlPath } from '../../support/files/file-url-path.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { writeBeneath } from '../../workspace/beneath/write-beneath.ts';

const mode = 0o644;

/**
 * Writes a file of this host below one of the allowed directories, in place of one that exists; no link in its path is
 * followed. Missing directories are made. The file belongs to the owner of the allowed directory.
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
    await writeBeneath({ root, parts, source: whole(body, size), mode, replace: true, signal });
    await giveToOwner(root, parts);
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

/** An agent that is root would leave files that the users of the directory can only read. */
async function giveToOwner(root: string, parts: readonly Buffer[]): Promise<void> {
  const [above, file] = [await openBeneath(root, [], 'directory'), await openBeneath(root, parts, 'file')];
  try {
    if (above.handle === undefined || file.handle === undefined) return;
    const { uid, gid } = above.stats;
    if (process.getuid?.() === 0 && uid !== 0) await file.handle.chown(uid, gid);
  } finally {
    await Promise.all([above.handle?.close(), file.handle?.close()]);
  }
}
