import { realpath } from 'node:fs/promises';
import { ExecError } from '../../support/exec-error.ts';
import { directoryAbove, fileUrlPath } from '../../support/files/file-url-path.ts';
import { withArticle } from '../../workspace/beneath/entry-kind.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { streamOf } from '../../workspace/beneath/read-file.ts';
import type { OpenedUrl } from './open-http.ts';

/**
 * Opens a file of this machine below one of the allowed directories; no link in its path is followed.
 * @throws ExecError INVALID_REQUEST | POLICY_DENIED | INPUT_NOT_FOUND
 */
export async function openFileUrl(url: URL, allowedDirectories: readonly string[]): Promise<OpenedUrl> {
  const path = fileUrlPath(url);
  const directory = directoryAbove(path, allowedDirectories);
  if (directory === undefined)
    throw new ExecError(
      'POLICY_DENIED',
      `${path} lies in no directory that file: URLs may read (EXEC_INPUT_FILES). Put the data into the object store, or have its directory allowed.`,
    );
  const parts = partsOf(path.slice(directory.length + 1));
  const opened = await openBeneath(await realpath(directory || '/'), parts, 'file');
  if (opened.handle !== undefined) {
    const { size } = opened.stats;
    return { body: streamOf(opened.handle, size), size };
  }
  if (opened.found === 'nothing') throw new ExecError('INPUT_NOT_FOUND', `There is no file ${path}.`);
  throw new ExecError(
    'INPUT_NOT_FOUND',
    `${path} is, or lies below, ${withArticle(opened.found)}. Only regular files are read, and links are not followed.`,
  );
}
