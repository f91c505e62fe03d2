import { ExecError } from '../../../support/exec-error.ts';
import { type ImageReference, parseImageReference, repositoryOf } from '../../../support/names/image-reference.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { shareWork } from '../../../support/time/share-work.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import type { ImageSource, RegistryAccess } from '../../registries/registry-access.ts';
import type { ListingImageStore, PullProgress, ResolvedImage } from '../../runtime.ts';
import type { DiscardWarm } from '../../warm/discard/discard-requests.ts';
import type { DockerLimits } from '../docker-options.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { imageListSchema, imageSchema } from '../engine/engine-schemas.ts';
import { isConnectionLost } from '../engine/explain-connection-error.ts';
import { boundExtraction } from './bound-extraction.ts';
import { createConcurrentPulls } from './concurrent-pulls.ts';
import { createPulledJudge } from './judge-pulled.ts';
import { layersOf } from './layers-of.ts';
import { pruneImages } from './prune-images.ts';
import { type PullOptions, pullImage } from './pull-image.ts';
import { removeNamed } from './remove-named.ts';

export interface ImageStoreOptions {
  readonly engine: Engine;
  readonly registries: RegistryAccess;
  readonly limits: DockerLimits;
  readonly clock: Clock;
  /** The image of our own helpers, which is nobody's business. */
  readonly isOwn: (reference: string) => boolean;
  readonly discardWarm: DiscardWarm;
  /** In the form of `$PATH`. */
  readonly searchPath: string;
}

interface Found extends Omit<ResolvedImage, 'reference'> {
  readonly id: string;
  readonly size: number;
  /** Names of its layers; undefined: the engine does not report them. */
  readonly layers: readonly string[] | undefined;
}
type Policy = 'missing' | 'always';

/** The engine's own images. */
export function openImageStore({
  engine,
  registries,
  limits,
  clock,
  isOwn,
  discardWarm,
  searchPath,
}: ImageStoreOptions): ListingImageStore {
  const lastUses = new Map<string, number>();
  const pulls = createConcurrentPulls();
  const judge = createPulledJudge({ engine, registries, limits });

  const find = async (reference: ImageReference, signal: AbortSignal): Promise<Found | undefined> => {
    const answer = await engine.ask({ method: 'GET', path: `/images/${reference.familiar}/json`, signal }, imageSchema);
    if (!answer.ok && answer.status === 404) return undefined;
    const image = valueOrThrow(answer, `look for the image ${reference.familiar}`);
    const { Id: id, RepoDigests, Size } = image;
    lastUses.set(id, clock.now());
    const digest = reference.digest ?? digestOf(id, RepoDigests ?? [], reference.name);
    return { id, digest, size: Size ?? 0, layers: layersOf(image) };
  };

  /** Mirrors are asked before the registry itself. */
  const pullFromAnywhere = async (
    reference: ImageReference,
    { signal, ...watch }: Pick<PullOptions, 'signal' | 'onProgress' | 'onUnpacking'>,
  ): Promise<Found | undefined> => {
    for (const source of registries.sourcesOf(reference)) {
      try {
        await pullImage(engine, reference, source, { registries, clock, limits, signal, ...watch });
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
    const share = pulls.join();
    const watch = { onProgress, onUnpacking: share.noteUnpacking };
    const bounds = { reference: reference.familiar, limits, searchPath, share, signal };
    let layers: Found['layers'];
    const expected = judge.expect(reference, before?.id);
    try {
      const found = await boundExtraction(engine, bounds, (inBounds) =>
        pullFromAnywhere(reference, { ...watch, signal: inBounds }),
      ).catch((error: unknown) => {
        // An engine that went away may have the image all the same.
        expected.failed(isConnectionLost(error));
        throw error;
      });
      layers = found?.layers;
      if (found !== undefined) {
        await expected.judge(found);
        return found;
      }
      expected.failed(false);
    } finally {
      share.leave(layers);
    }
    const message = `The image "${reference.familiar}" was pulled, but the engine does not have it. Was it removed at once?`;
    throw new ExecError('IMAGE_PULL_FAILED', message);
  };

  const findJudged = async (reference: ImageReference, signal: AbortSignal): Promise<Found | undefined> => {
    const found = await find(reference, signal);
    if (found !== undefined) await judge.judge(reference, found);
    return found;
  };

  const shares = (policy: Policy) =>
    shareWork<Found, PullProgress>(async (familiar, signal, onProgress) => {
      const reference = parseImageReference(familiar);
      const found = policy === 'missing' ? await findJudged(reference, signal) : undefined;
      return found ?? pull(reference, signal, onProgress);
    });
  const shared = { missing: shares('missing'), always: shares('always') };

  return {
    async ensure(reference, { pull: policy, signal, onProgress }) {
      signal.throwIfAborted();
      const parsed = parseImageReference(reference);
      const found =
        policy === 'never'
          ? await findJudged(parsed, signal)
          : await shared[policy](parsed.familiar, {
              signal,
              onProgress: onProgress && ((progress) => onProgress({ ...progress, reference })),
            });
      if (found !== undefined) {
        const { id, digest } = found;
        return { reference, id, digest };
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

    prune: ({ keepBytes }) =>
      pruneImages(engine, { keepBytes, lastUseOf: (id) => lastUses.get(id), isOwn, discardWarm }),
    remove: (reference) => removeNamed(engine, reference, { isOwn, discardWarm }),
  };
}

/** What a registry calls the image, or else the engine: an image that was never in a registry has only its id. */
function digestOf(id: string, repoDigests: readonly string[], name?: string): string {
  const own = repoDigests.find((digest) => repositoryOf(digest) === name);
  return (own ?? repoDigests.find((digest) => !digest.startsWith('<none>')))?.split('@')[1] ?? id;
}
