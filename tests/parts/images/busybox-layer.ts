import { join } from 'node:path';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { removeTree } from '../../../src/workspace/tree/remove-tree.ts';
import { makeOnce } from '../make-once.ts';
import { currentRun } from '../run/test-run.ts';
import { makeBusyboxTree } from './busybox-tree.ts';
import { type PackedLayer, packLayer, readLayer } from './image-archive.ts';

const layerName = 'busybox.tar';

/** A layer of busybox, packed once in each run. Engines that have it skip it in the next image. */
export async function busyboxLayer(): Promise<PackedLayer> {
  const directory = await makeOnce(join(currentRun().directory, 'busybox-layer'), pack);
  return readLayer(join(directory, layerName));
}

async function pack(target: string): Promise<void> {
  const tree = join(target, 'tree');
  await makeBusyboxTree(tree, (await findProgram('busybox', '')) ?? '');
  await packLayer(tree, join(target, layerName));
  await removeTree(tree);
}
