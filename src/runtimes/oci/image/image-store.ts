import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { type ImageReference, parseImageReference } from '../../../support/names/image-reference.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { shareWork } from '../../../support/time/share-work.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import { once } from '../../once.ts';
import type { EnsureOptions, ListingImageStore, PullProgress, ResolvedImage } from '../../runtime.ts';
import type { DiscardWarm } from '../../warm/discard/discard-requests.ts';
import { freeImage } from '../../warm/discard/free-image.ts';
import type { OciLimits, OciOptions } from '../oci-options.ts';
import type { UnpackedImage } from '../oci-parts.ts';
import type { OciPlaces } from '../oci-places.ts';
import { type PulledImage, pullImage } from '../pull/pull-image.ts';
import { abandonedIn } from '../work-name.ts';
import { hostReference, makeHostImage } from './host-image.ts';
import { openImageIndex, type ReferenceEntry } from './image-index.ts';
import { imageTools } from './image-tools.ts';
import { imageUses } from './image-uses.ts';
import { listImages, pruneImages, removeNamed, withoutId } from './prune-images.ts';
import { readUsers } from './read-users.ts';

export interface OciImageStore extends ListingImageStore {
  /**
   * Brings an image under a name of one's choice.
   * @param source as skopeo writes it: `docker-archive:/x.tar`, `oci:/directory:tag`, `docker-daemon:name:tag`
   * @throws ExecError INVALID_REQUEST | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
   */
  importImage(source: string, reference: string, signal: AbortSignal): Promise<ResolvedImage>;
  /** @throws ExecError IMAGE_NOT_FOUND when it was pruned meanwhile */
  unpacked(digest: string): Promise<UnpackedImage>;
}

export interface ImageStoreParts {
  readonly limits: OciLimits;
  readonly places: OciPlaces;
  readonly discardWarm: DiscardWarm;
}

type Found = Pick<ReferenceEntry, 'digest' | 'registryDigest'>;

/** Images without a daemon: copied by skopeo, unpacked by umoci, shared as read-only directories. */
export function createImageStore(options: OciOptions, { limits, places, discardWarm }: ImageStoreParts): OciImageStore {
  const { imageStoreMaxBytes, allowHostImage, clock } = options;
  const index = openImageIndex(places.images);
  const tools = imageTools(options);
  const opened = new Map<string, Promise<UnpackedImage>>();
  const hostImage = once(() => makeHostImage(index));

  const prepare = once(async () => {
    await mkdir(index.incoming, { recursive: true, mode: 0o700 });
    for (const name of await abandonedIn(index.incoming)) await removeTree(join(index.incoming, name));
  });

  const freeUnused = (id: string) => freeImage(id, () => imageUses(places), discardWarm);

  const prune = async (keepBytes: number, graceMs: number) => {
    const { used, waiting } = await imageUses(places);
    const free = async (id: string) => !used.has(id) && (!waiting.has(id) || freeUnused(id));
    const removed = await pruneImages(index, { keepBytes, free, graceMs, clock });
    for (const { id } of removed) opened.delete(id);
    return removed.map(withoutId);
  };

  async function pull(job: Parameters<typeof pullImage>[0]): Promise<Found> {
    await prepare();
    const { entry, registryDigest }: PulledImage = await pullImage(job, index, tools, {
      ...limits,
      imageStoreMaxBytes,
    });
    const { canonical, familiar } = job.reference;
    const found = { digest: entry.digest, ...(registryDigest === undefined ? {} : { registryDigest }) };
    await index.remember({ reference: canonical, familiar, ...found });
    await index.touch(entry.digest, clock.now());
    await prune(imageStoreMaxBytes, limits.pruneGraceMs);
    if (entry.sizeBytes <= imageStoreMaxBytes) return found;
    await index.forget(canonical);
    await prune(0, 0);
    throw tooLarge(familiar, entry.sizeBytes, imageStoreMaxBytes);
  }

  const sharedBring = shareWork<Found, PullProgress>((key, signal, onProgress) => {
    const [text = '', fromRegistry] = key.split('\n');
    const reference = parseImageReference(text);
    return pull({ reference, fromRegistry: fromRegistry === 'registry', signal, onProgress });
  });

  async function find({ canonical }: ImageReference): Promise<Found | undefined> {
    const entry = await index.reference(canonical);
    return entry !== undefined && (await index.touch(entry.digest, clock.now())) ? entry : undefined;
  }

  async function open(digest: string): Promise<UnpackedImage> {
    if (allowHostImage && (await hostImage()).digest === digest) return hostImage();
    const entry = await index.image(digest);
    if (entry === undefined)
      throw new ExecError(
        'IMAGE_NOT_FOUND',
        `The image ${digest} is not in the store any more. Submit the request again.`,
      );
    const rootfs = index.rootfsOf(digest);
    return { digest, config: entry.config, rootfs, users: await readUsers(rootfs), shown: new Map() };
  }

  return {
    async ensure(text: string, { pull, signal, onProgress }: EnsureOptions) {
      signal.throwIfAborted();
      if (text === hostReference && allowHostImage) return { reference: text, digest: (await hostImage()).digest };
      const reference = parseImageReference(text);
      const present = pull === 'always' ? undefined : await find(reference);
      if (present !== undefined) return resolved(text, present);
      if (pull === 'never') throw notHere(text);
      const key = `${reference.canonical}\n${pull === 'always' ? 'registry' : ''}`;
      return resolved(text, await sharedBring(key, { signal, onProgress }));
    },
    async importImage(source, text, signal) {
      const reference = parseImageReference(text);
      return resolved(text, await pull({ reference, source, fromRegistry: false, signal, onProgress: () => {} }));
    },
    unpacked(digest) {
      const image = opened.get(digest) ?? open(digest);
      opened.set(digest, image);
      image.catch(() => opened.delete(digest));
      return image;
    },
    rootfsOf: async ({ digest, id = digest }) => index.rootfsOf(id),
    list: () => listImages(index),
    prune: ({ keepBytes }) => prune(keepBytes, limits.pruneGraceMs),
    async remove(reference) {
      const removed = await removeNamed(index, reference, freeUnused);
      if (typeof removed === 'string') return removed;
      if (removed.sizeBytes > 0) opened.delete(removed.id);
      return withoutId(removed);
    },
  };
}

/** Users see the registry's digest; the store knows images by the digest of their configuration. */
function resolved(reference: string, { digest: id, registryDigest }: Found): ResolvedImage {
  return registryDigest === undefined ? { reference, digest: id } : { reference, digest: registryDigest, id };
}

function notHere(reference: string): ExecError {
  return new ExecError(
    'IMAGE_NOT_FOUND',
    `The image ${reference} is not here, and container.pull "never" forbids to pull it. Use "missing", or pull it first with "exec-agent images pull ${reference}".`,
  );
}

function tooLarge(reference: string, size: number, max: number): ExecError {
  return new ExecError(
    'IMAGE_PULL_FAILED',
    `The image ${reference} takes ${formatBytes(size)} and the image store may take ${formatBytes(max)}. Raise EXEC_IMAGE_STORE_MAX.`,
  );
}
