import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeImage, RuntimeBench } from '../../../src/runtimes/contract/bench.contract.ts';
import { removeTree } from '../../../src/workspace/tree/remove-tree.ts';
import { busyboxLayer } from './busybox-layer.ts';
import { writeImageArchive } from './image-archive.ts';
import { writeFiles } from './write-files.ts';

/** Takes an archive, which is gone afterwards. */
type Load = (archive: string, reference: string) => Promise<unknown>;

/** Makes each image once, also for cases that run together. */
export function createImageMaker(load: Load): RuntimeBench['images']['make'] {
  const made = new Map<string, Promise<string>>();
  return (image) => {
    const key = JSON.stringify(image);
    const reference = made.get(key) ?? makeBusyboxImage(image, load);
    made.set(key, reference);
    return reference;
  };
}

/** @returns the image's reference */
export async function makeBusyboxImage({ name, config, files }: MadeImage, load: Load): Promise<string> {
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
