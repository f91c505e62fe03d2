import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeImage } from '../../../src/runtimes/contract/bench.contract.ts';
import { removeTree } from '../../../src/workspace/tree/remove-tree.ts';
import { busyboxLayer } from './busybox-layer.ts';
import { writeImageArchive } from './image-archive.ts';
import { writeFiles } from './write-files.ts';

/**
 * Makes an image and hands its archive on, which is gone afterwards.
 * @returns the image's reference
 */
export async function makeBusyboxImage(
  { name, config, files }: MadeImage,
  load: (archive: string, reference: string) => Promise<unknown>,
): Promise<string> {
  const reference = `contract/${name}:1`;
  const directory = await mkdtemp(join(tmpdir(), 'busybox-image-'));
  try {
    const tree = join(directory, 'tree');
    if (files !== undefined) await writeFiles(tree, files);
    const layers = { base: await busyboxLayer(), ...(files === undefined ? {} : { tree }) };
    const archive = join(directory, 'image.tar');
    await writeImageArchive(archive, { name: reference, ...layers, command: ['sh'], labels: {}, config });
    await load(archive, reference);
    return reference;
  } finally {
    await removeTree(directory);
  }
}
