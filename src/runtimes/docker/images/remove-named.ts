import { digestPattern, parseImageReference, repositoryOf } from '../../../support/names/image-reference.ts';
import type { RemovedImage } from '../../runtime.ts';
import type { DiscardWarm } from '../../warm/discard/discard-requests.ts';
import { freeImage } from '../../warm/discard/free-image.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { imageListSchema } from '../engine/engine-schemas.ts';
import { imageUses } from './image-uses.ts';
import { digestsOf, type ListedImage, removeNames, tagsOf } from './prune-images.ts';

export interface NamedRemoval {
  /** Names that are not listed, and so not removed. */
  readonly isOwn: (reference: string) => boolean;
  readonly discardWarm: DiscardWarm;
}

/** Removes a name of an image, and the image with its last one and its warm containers; a digest means all names. */
export async function removeNamed(
  engine: Engine,
  reference: string,
  { isOwn, discardWarm }: NamedRemoval,
): Promise<RemovedImage> {
  const isDigest = digestPattern.test(reference);
  const name = isDigest ? reference : parseImageReference(reference).familiar;
  const images = valueOrThrow(
    await engine.ask({ method: 'GET', path: '/images/json' }, imageListSchema),
    'list its images',
  );
  const image = images.find((each) => !tagsOf(each).some(isOwn) && isNamed(each, name, isDigest));
  if (image === undefined) return 'missing';
  const isLast = isDigest || isLastName(image, name);
  if (isLast && !(await freeImage(image.Id, () => imageUses(engine), discardWarm))) return 'in use';
  const { removed, deleted } = await removeNames(engine, image, namesToRemove(image, name, isDigest));
  if (removed.length === 0) return 'in use';
  const digest = digestsOf(image)[0]?.split('@')[1] ?? image.Id;
  return { references: removed, digest, sizeBytes: deleted ? image.Size : 0 };
}

function isNamed(image: ListedImage, name: string, isDigest: boolean): boolean {
  if (!isDigest) return tagsOf(image).includes(name) || digestsOf(image).includes(name);
  return image.Id === name || digestsOf(image).some((digest) => digest.endsWith(`@${name}`));
}

/** Digests go with the last tag of their repository. */
function isLastName(image: ListedImage, name: string): boolean {
  const repository = name.includes('@') ? undefined : repositoryOf(name);
  const isKept = (digest: string) => digest !== name && repositoryOf(digest) !== repository;
  return tagsOf(image).every((tag) => tag === name) && !digestsOf(image).some(isKept);
}

function namesToRemove(image: ListedImage, name: string, isDigest: boolean): readonly string[] {
  if (!isDigest) return [name];
  const tags = tagsOf(image);
  if (tags.length > 0) return tags;
  const digests = digestsOf(image);
  return digests.length > 0 ? digests : [image.Id];
}
