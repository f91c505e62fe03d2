import { z } from 'zod';
import { repositoryOf } from '../../../support/names/image-reference.ts';
import type { StoredImage } from '../../runtime.ts';
import type { DiscardWarm } from '../../warm/discard/discard-requests.ts';
import { freeImage } from '../../warm/discard/free-image.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { imageListSchema } from '../engine/engine-schemas.ts';
import { imageUses } from './image-uses.ts';

export interface PruneOptions {
  /** Images are removed until the rest is no larger. */
  readonly keepBytes: number;
  /** Epoch milliseconds; undefined: never, as far as we know. */
  readonly lastUseOf: (imageId: string) => number | undefined;
  readonly isOwn: (reference: string) => boolean;
  readonly discardWarm: DiscardWarm;
}

export type ListedImage = z.infer<typeof imageListSchema>[number];

const removedSchema = z.array(z.object({ Deleted: z.string().nullish() }));

/**
 * Removes images that no container uses, those first whose last use is longest ago; a warm container that waits is removed
 * with its image. Only what a registry can bring back goes: an image that was built or imported on the engine's machine may
 * be the only one there is.
 */
export async function pruneImages(
  engine: Engine,
  { keepBytes, lastUseOf, isOwn, discardWarm }: PruneOptions,
): Promise<StoredImage[]> {
  const [images, { used, waiting }] = await Promise.all([
    engine.ask({ method: 'GET', path: '/images/json' }, imageListSchema),
    imageUses(engine),
  ]);
  const all = valueOrThrow(images, 'list its images');
  const candidates = all
    .filter((image) => !used.has(image.Id) && canBePulledAgain(image) && !tagsOf(image).some(isOwn))
    .map((image) => ({ image, lastUse: lastUseOf(image.Id) ?? image.Created * 1000 }))
    .sort((a, b) => a.lastUse - b.lastUse);

  let total = all.reduce((sum, { Size }) => sum + Size, 0);
  const removed: StoredImage[] = [];
  for (const { image } of candidates) {
    if (total <= keepBytes) break;
    if (waiting.has(image.Id) && !(await freeImage(image.Id, () => imageUses(engine), discardWarm))) continue;
    if (!(await removeImage(engine, image))) continue;
    total -= image.Size;
    const digest = digestsOf(image)[0]?.split('@')[1] ?? image.Id;
    removed.push({ references: tagsOf(image), digest, sizeBytes: image.Size });
  }
  return removed;
}

function canBePulledAgain(image: ListedImage): boolean {
  const repositories = new Set(digestsOf(image).map(repositoryOf));
  return repositories.size > 0 && tagsOf(image).every((tag) => repositories.has(repositoryOf(tag)));
}

async function removeImage(engine: Engine, image: ListedImage): Promise<boolean> {
  const tags = tagsOf(image);
  return (await removeNames(engine, image, tags.length > 0 ? tags : digestsOf(image))).deleted;
}

/** Without force: the engine refuses to remove what a container has begun to use meanwhile. */
export async function removeNames(
  engine: Engine,
  { Id: id }: ListedImage,
  names: readonly string[],
): Promise<{ readonly removed: readonly string[]; readonly deleted: boolean }> {
  const removed: string[] = [];
  let deleted = false;
  for (const name of names) {
    const answer = await engine.ask({ method: 'DELETE', path: `/images/${name}` }, removedSchema);
    if (!answer.ok && [404, 409].includes(answer.status)) continue;
    removed.push(name);
    deleted ||= valueOrThrow(answer, `remove the image ${name}`).some((entry) => entry.Deleted === id);
  }
  return { removed, deleted };
}

export function tagsOf({ RepoTags }: ListedImage): readonly string[] {
  return (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
}

export function digestsOf({ RepoDigests }: ListedImage): readonly string[] {
  return (RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>'));
}
