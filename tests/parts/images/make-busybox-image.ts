import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MadeImage } from '../../../src/runtimes/contract/bench.contract.ts';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { removeTree } from '../../../src/workspace/tree/remove-tree.ts';
import { makeBusyboxTree } from './busybox-tree.ts';
import { writeImageArchive } from './image-archive.ts';

/**
 * Makes an image and hands its archive on, which is gone afterwards.
 * @returns the image's reference
 */
export async function makeBusyboxImage(
  { name, config, files = {} }: MadeImage,
  load: (archive: string, reference: string) => Promise<unknown>,
): Promise<string> {
  const reference = `contract/${name}:1`;
  const directory = await mkdtemp(join(tmpdir(), 'busybox-image-'));
  try {
    const tree = join(directory, 'tree');
    await makeBusyboxTree(tree, (await findProgram('busybox', '')) ?? '');
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), content);
    }
    const archive = join(directory, 'image.tar');
    await writeImageArchive(archive, { name: reference, tree, command: ['sh'], labels: {}, config });
    await load(archive, reference);
    return reference;
  } finally {
    await removeTree(directory);
  }
}
