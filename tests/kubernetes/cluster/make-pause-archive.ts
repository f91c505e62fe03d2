import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { makeBusyboxTree } from '../../parts/images/busybox-tree.ts';
import { writeImageArchive } from '../../parts/images/image-archive.ts';
import { pauseImage } from './write-settings.ts';

/** The image of which each pod has one container that only waits. */
export async function makePauseArchive(file: string): Promise<void> {
  const busybox = await findProgram('busybox', process.env.PATH ?? '');
  if (busybox === undefined) throw new Error('busybox is not installed: apt-get install busybox-static');
  const directory = await mkdtemp(join(tmpdir(), 'pause-'));
  try {
    await makeBusyboxTree(directory, busybox);
    await writeImageArchive(file, { name: pauseImage, tree: directory, command: ['sleep', '2147483647'], labels: {} });
  } finally {
    await rm(directory, { recursive: true });
  }
}
