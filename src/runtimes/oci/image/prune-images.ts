import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../support/exec-error.ts';
import { digestPattern, parseImageReference } from '../../../support/names/image-reference.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { StoredImage } from '../../runtime.ts';
import { workName } from '../work-name.ts';
import type { ImageIndex } from './image-index.ts';

export interface PruneJob {
  readonly keepBytes: number;
  /** Removes the warm containers of an image; false when another container uses it. */
  readonly free: (id: string) => Promise<boolean>;
  /** Images used this recently stay. */
  readonly graceMs: number;
  readonly clock: Clock;
}

export interface IndexedImage extends StoredImage {
  /** What the store knows it by. */
  readonly id: string;
}

/** Every image with its names. */
export async function listImages(index: ImageIndex): Promise<readonly StoredImage[]> {
  const images = await indexedImages(index);
  return Promise.all(
    images.map(async (image) => {
      // Another process may remove it between two looks.
      const usedAt = await index.lastUse(image.id).catch(() => undefined);
      return { ...withoutId(image), usedAt };
    }),
  );
}

async function indexedImages(index: ImageIndex): Promise<readonly IndexedImage[]> {
  const [images, references] = await Promise.all([index.images(), index.references()]);
  return images.map(({ digest: id, sizeBytes }) => {
    const own = references.filter((reference) => reference.digest === id);
    const digest = own.find(({ registryDigest }) => registryDigest !== undefined)?.registryDigest ?? id;
    return { id, digest, references: own.map(({ familiar }) => familiar), sizeBytes };
  });
}

export function withoutId({ id: _, ...image }: IndexedImage): StoredImage {
  return image;
}

/** Removes the images used longest ago until the rest is small enough; what is in use stays. */
export async function pruneImages(index: ImageIndex, job: PruneJob): Promise<readonly IndexedImage[]> {
  const images = await indexedImages(index);
  const dated = await Promise.all(images.map(async (image) => ({ image, usedAt: await index.lastUse(image.id) })));
  const oldestFirst = dated.toSorted((a, b) => a.usedAt - b.usedAt);
  let total = images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed: IndexedImage[] = [];
  for (const { image, usedAt } of oldestFirst) {
    if (total <= job.keepBytes) break;
    if (job.clock.now() - usedAt < job.graceMs || !(await job.free(image.id))) continue;
    await removeImage(index, image.id);
    removed.push(image);
    total -= image.sizeBytes;
  }
  return removed;
}

/**
 * Removes a name, and the image with its last one; a digest of the image means all its names.
 * @param free removes the warm containers of an image; false when another container uses it
 */
export async function removeNamed(
  index: ImageIndex,
  reference: string,
  free: (id: string) => Promise<boolean>,
): Promise<IndexedImage | 'missing' | 'in use'> {
  const isDigest = digestPattern.test(reference);
  const canonical = isDigest ? undefined : parseImageReference(reference).canonical;
  const named = canonical === undefined ? undefined : await index.reference(canonical);
  const images = await indexedImages(index);
  const found = images.find(({ id, digest }) => (isDigest ? [id, digest].includes(reference) : id === named?.digest));
  if (found === undefined) return 'missing';
  if (canonical !== undefined && named !== undefined && found.references.length > 1) {
    await index.forget(canonical);
    return { ...found, references: [named.familiar], sizeBytes: 0 };
  }
  if (!(await free(found.id))) return 'in use';
  await removeImage(index, found.id);
  return found;
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
