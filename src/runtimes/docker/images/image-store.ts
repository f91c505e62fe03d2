import { ExecError } from '../../../support/exec-error.ts';
import { type ImageReference, parseImageReference, repositoryOf } from '../../../support/names/image-reference.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { shareWork } from '../../../support/time/share-work.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import { checkImageSize } from '../../registries/bound-unpacking.ts';
import type { ImageSource, RegistryAccess } from '../../registries/registry-access.ts';
import type { ListingImageStore, PullProgress, ResolvedImage } from '../../runtime.ts';
import type { DockerLimits } from '../docker-options.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { imageListSchema, imageSchema } from '../engine/engine-schemas.ts';
import { boundExtraction } from './bound-extraction.ts';
import { pruneImages } from './prune-images.ts';
import { pullImage } from './pull-image.ts';
import { removeNamed } from './remove-named.ts';

export interface ImageStoreOptions {
  readonly engine: Engine;
  readonly registries: RegistryAccess;
  readonly limits: DockerLimits;
  readonly clock: Clock;
  /** The image of our own helpers, which is nobody's business. */
  readonly isOwn: (reference: string) => boolean;
  /** In the form of `$PATH`. */
  readonly searchPath: string;
}

type Found = Omit<ResolvedImage, 'reference'> & { readonly size: number };
type Policy = 'missing' | 'always';

/** The engine's own images. */
export function openImageStore({
  engine,
  registries,
  limits,
  clock,
  isOwn,
  searchPath,
}: ImageStoreOptions): ListingImageStore {
  const lastUses = new Map<string, number>();

  const find = async (reference: ImageReference, signal: AbortSignal): Promise<Found | undefined> => {
    const answer = await engine.ask({ method: 'GET', path: `/images/${reference.familiar}/json`, signal }, imageSchema);
    if (!answer.ok && answer.status === 404) return undefined;
    const { Id: id, RepoDigests, Size } = valueOrThrow(answer, `look for the image ${reference.familiar}`);
    lastUses.set(id, clock.now());
    return { id, digest: reference.digest ?? digestOf(id, RepoDigests ?? [], reference.name), size: Size ?? 0 };
  };

  /** Mirrors are asked before the registry itself. */
  const pullFromAnywhere = async (
    reference: ImageReference,
    signal: AbortSignal,
    onProgress: (progress: PullProgress) => void,
  ): Promise<Found | undefined> => {
    for (const source of registries.sourcesOf(reference)) {
      try {
        await pullImage(engine, reference, source, { registries, clock, limits, signal, onProgress });
        return source.isMirror ? await adopt(reference, source, signal) : await find(reference, signal);
      } catch (error) {
        if (!source.isMirror) throw error;
        signal.throwIfAborted();
      }
    }
    return undefined;
  };

  /** Gives what came from a mirror the name that it was asked for by; a digest is no name that can be given. */
  const adopt = async (
    reference: ImageReference,
    { repository }: ImageSource,
    signal: AbortSignal,
  ): Promise<Found | undefined> => {
    const { tag, digest, name } = reference;
    if (tag === undefined) return find({ ...reference, familiar: `${repository}@${digest}` }, signal);
    const query = { repo: name, tag };
    const tagging = { method: 'POST', path: `/images/${repository}:${tag}/tag`, query, signal } as const;
    valueOrThrow(await engine.tell(tagging), `name the image ${reference.familiar}`);
    return find(reference, signal);
  };

  const pull = async (
    reference: ImageReference,
    signal: AbortSignal,
    onProgress: (progress: PullProgress) => void,
  ): Promise<Found> => {
    const before = await find(reference, signal);
    const bounds = { reference: reference.familiar, limits, searchPath, signal };
    const found = await boundExtraction(engine, bounds, (inBounds) =>
      pullFromAnywhere(reference, inBounds, onProgress),
    );
    if (found !== undefined) {
      if (found.id !== before?.id) await refuseTooLarge(reference, found.size);
      return found;
    }
    const message = `The image "${reference.familiar}" was pulled, but the engine does not have it. Was it removed at once?`;
    throw new ExecError('IMAGE_PULL_FAILED', message);
  };

  /** An engine whose disk could not be watched tells the size afterwards. */
  const refuseTooLarge = async ({ familiar }: ImageReference, size: number) => {
    try {
      checkImageSize(
        { bytes: size, entries: 0 },
        { reference: familiar, most: { bytes: limits.pullBytes, entries: limits.imageEntries } },
      );
    } catch (error) {
      await engine.tell({ method: 'DELETE', path: `/images/${familiar}` });
      throw error;
    }
  };

  const shares = (policy: Policy) =>
    shareWork<Found, PullProgress>(async (familiar, signal, onProgress) => {
      const reference = parseImageReference(familiar);
      const found = policy === 'missing' ? await find(reference, signal) : undefined;
      return found ?? pull(reference, signal, onProgress);
    });
  const shared = { missing: shares('missing'), always: shares('always') };

  return {
    async ensure(reference, { pull: policy, signal, onProgress }) {
      signal.throwIfAborted();
      const parsed = parseImageReference(reference);
      const found =
        policy === 'never'
          ? await find(parsed, signal)
          : await shared[policy](parsed.familiar, {
              signal,
              onProgress: onProgress && ((progress) => onProgress({ ...progress, reference })),
            });
      if (found !== undefined) {
        const { size: _, ...image } = found;
        return { reference, ...image };
      }
      const message = sentence`The image "${reference}" is not on the engine, and the request says that it must not be pulled (${part('pull')}: never). Pull it first, or leave "${part('pull')}" out.`;
      throw new ExecError('IMAGE_NOT_FOUND', message, { context: { reference } });
    },

    async list() {
      const images = await engine.ask({ method: 'GET', path: '/images/json' }, imageListSchema);
      return valueOrThrow(images, 'list its images')
        .map(({ Id, RepoTags, RepoDigests, Size }) => ({
          references: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
          digest: digestOf(Id, RepoDigests ?? []),
          sizeBytes: Size,
          usedAt: lastUses.get(Id),
        }))
        .filter(({ references }) => !references.some(isOwn));
    },

    prune: ({ keepBytes }) => pruneImages(engine, { keepBytes, lastUseOf: (id) => lastUses.get(id), isOwn }),
    remove: (reference) => removeNamed(engine, reference, isOwn),
  };
}

/** What a registry calls the image, or else the engine: an image that was never in a registry has only its id. */
function digestOf(id: string, repoDigests: readonly string[], name?: string): string {
  const own = repoDigests.find((digest) => repositoryOf(digest) === name);
  return (own ?? repoDigests.find((digest) => !digest.startsWith('<none>')))?.split('@')[1] ?? id;
}
