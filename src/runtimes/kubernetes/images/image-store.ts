import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { type ImageReference, parseImageReference } from '../../../support/names/image-reference.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { shareWork } from '../../../support/time/share-work.ts';
import { explainPullFailure } from '../../registries/explain-pull-failure.ts';
import type { RegistryAccess } from '../../registries/registry-access.ts';
import type { ImageStore, ResolvedImage } from '../../runtime.ts';
import { createRegistryClient } from './registry-client.ts';
import { resolveImage } from './resolve-image.ts';

export interface ImageStoreOptions {
  readonly registries: RegistryAccess;
  readonly clock: Clock;
  /** Of the nodes, as Kubernetes calls it. */
  readonly arch: string;
}

type Found = Omit<ResolvedImage, 'reference'>;

/** How old the digest of a tag may be, unless the request says to ask. */
const freshMs = 60_000;
const mostKnown = 1000;

/** The nodes have the images; the agent reads what a tag means, and the configuration, from the registry. */
export function openImageStore({ registries, clock, arch }: ImageStoreOptions): ImageStore {
  const known = new Map<string, { readonly found: Found; readonly at: number }>();

  const fetchFrom = async (reference: ImageReference, signal: AbortSignal): Promise<Found> => {
    const sources = registries.sourcesOf(reference);
    for (const source of sources) {
      const credentials = await registries.credentialsFor(source.registry);
      try {
        return await resolveImage(createRegistryClient({ source, credentials, signal }), reference, arch);
      } catch (error) {
        signal.throwIfAborted();
        if (source.isMirror) continue;
        const { registry } = source;
        throw explainPullFailure({ reference: reference.familiar, registry, reason: messageOf(error), credentials });
      }
    }
    throw new ExecError('IMAGE_NOT_FOUND', `No registry is known for the image "${reference.familiar}".`);
  };

  const shared = shareWork<Found, never>(async (familiar, signal) => {
    const found = await fetchFrom(parseImageReference(familiar), signal);
    known.delete(familiar);
    known.set(familiar, { found, at: clock.now() });
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
    return found;
  });

  return {
    async ensure(reference, { pull, signal }) {
      signal.throwIfAborted();
      const { familiar } = parseImageReference(reference);
      const before = known.get(familiar);
      const isFresh = before !== undefined && clock.now() - before.at < freshMs;
      if (pull !== 'always' && isFresh) return { reference, ...before.found };
      try {
        return { reference, ...(await shared(familiar, { signal })) };
      } catch (error) {
        signal.throwIfAborted();
        if (pull !== 'never') throw error;
        throw new ExecError(
          'IMAGE_NOT_FOUND',
          `The image "${reference}" may not be pulled, and its digest could not be read from its registry: ${messageOf(error)}`,
          { context: { reference }, cause: error },
        );
      }
    },
  };
}
