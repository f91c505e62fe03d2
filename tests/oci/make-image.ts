import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OciImageStore } from '../../src/runtimes/oci/image/image-store.ts';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { makeBusyboxTree } from '../parts/images/busybox-tree.ts';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { never } from './run-step.ts';

/** Puts an image of busybox into the store that is changed before it is packed. */
export async function makeImage(
  images: OciImageStore,
  name: string,
  change: (tree: string) => Promise<unknown>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'oci-image-'));
  try {
    const tree = join(directory, 'tree');
    await makeBusyboxTree(tree, (await findProgram('busybox', '')) ?? '');
    await change(tree);
    const file = join(directory, 'image.tar');
    await writeImageArchive(file, { name, tree, command: ['sh'], labels: {} });
    await images.importImage(`docker-archive:${file}`, name, never);
  } finally {
    await removeTree(directory);
  }
}
