import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../support/clock.ts';
import { errnoOf } from '../../support/exec-error.ts';
import { removeTree } from '../../workspace/remove-tree.ts';
import type { StoredImage } from '../runtime.ts';
import type { ImageIndex } from './image-index.ts';
import { workName } from './work-name.ts';

export interface PruneJob {
  readonly keepBytes: number;
  /** Digests of images that containers stand on. */
  readonly inUse: ReadonlySet<string>;
  /** Images used this recently stay. */
  readonly graceMs: number;
  readonly clock: Clock;
}

/** Every image with its names. */
export async function listImages(index: ImageIndex): Promise<readonly StoredImage[]> {
  const [images, references] = await Promise.all([index.images(), index.references()]);
  return images.map(({ digest, sizeBytes }) => ({
    references: references.filter((reference) => reference.digest === digest).map(({ familiar }) => familiar),
    digest,
    sizeBytes,
  }));
}

/** Removes the images used longest ago until the rest is small enough; what is in use stays. */
export async function pruneImages(index: ImageIndex, job: PruneJob): Promise<readonly StoredImage[]> {
  const images = await listImages(index);
  const dated = await Promise.all(images.map(async (image) => ({ image, usedAt: await index.lastUse(image.digest) })));
  const oldestFirst = dated.toSorted((a, b) => a.usedAt - b.usedAt);
  let total = images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed: StoredImage[] = [];
  for (const { image, usedAt } of oldestFirst) {
    if (total <= job.keepBytes) break;
    if (job.inUse.has(image.digest) || job.clock.now() - usedAt < job.graceMs) continue;
    await removeImage(index, image.digest);
    removed.push(image);
    total -= image.sizeBytes;
  }
  return removed;
}

async function removeImage(index: ImageIndex, digest: string): Promise<void> {
  for (const { reference, digest: named } of await index.references())
    if (named === digest) await index.forget(reference);
  const away = join(index.incoming, await workName());
  try {
    // Out of sight at once: removing many files takes its time.
    await rename(index.directoryOf(digest), away);
  } catch (error) {
    // Another process was faster.
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await removeTree(away);
}
