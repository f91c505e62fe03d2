import { textOf } from '../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { walkTree } from '../../workspace/tree/walk-tree.ts';
import type { ObjectInfo } from '../object-store.ts';
import type { ObjectPath } from './object-path.ts';
import { noSuchBucket, whenUnavailable } from './store-errors.ts';

/** @param prefix with the parts of the directory that holds all its objects */
export async function* listObjects(
  root: string,
  prefix: ObjectPath,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo, void> {
  signal.throwIfAborted();
  const { parts, name: beginning } = prefix;
  await refuseMissingBucket(root, prefix);
  const { handle } = await whenUnavailable(openBeneath(root, parts, 'directory'), root);
  if (handle === undefined) return;
  const directory = beginning.slice(0, beginning.lastIndexOf('/') + 1);
  const fullName = (below: Buffer) => `${directory}${textOf(below) ?? '\0'}`;
  const enter = (below: Buffer) => `${fullName(below)}/`.startsWith(beginning);
  try {
    const everything = { maxEntries: Number.POSITIVE_INFINITY, maxDepth: Number.POSITIVE_INFINITY };
    for await (const { name: below, kind, size } of walkTree(handle, { ...everything, signal, enter })) {
      const name = fullName(below);
      // No object has a name that is not UTF-8: someone else put such a file there.
      if (kind === 'file' && name.startsWith(beginning) && !name.includes('\0')) yield { name, size };
    }
  } finally {
    await handle.close();
  }
}

async function refuseMissingBucket(root: string, prefix: ObjectPath): Promise<void> {
  const { handle } = await whenUnavailable(openBeneath(root, prefix.parts.slice(0, 1), 'directory'), root);
  if (handle === undefined) throw noSuchBucket(prefix);
  await handle.close();
}
