import { ExecError } from '../support/exec-error.ts';
import type { ImageList } from '../wire/http/images.ts';
import type { ImageStore, RemovedImage, StoredImage } from './api/images.ts';

/** @throws ExecError INVALID_REQUEST where the runtime does not list its images */
export function listStoredImages(images: Pick<ImageStore, 'list'>): Promise<readonly StoredImage[]> {
  return images.list?.() ?? Promise.reject(unmanaged('list', 'Look at the nodes that run the containers.'));
}

/** @throws ExecError INVALID_REQUEST where the runtime removes its unused images itself */
export function pruneStoredImages(
  images: Pick<ImageStore, 'prune'>,
  options: { readonly keepBytes: number },
): Promise<readonly StoredImage[]> {
  return images.prune?.(options) ?? Promise.reject(unmanaged('remove', 'Its nodes remove unused images themselves.'));
}

/**
 * A name, or all names of a digest, as {@link ImageStore.remove} has it.
 * @throws ExecError INVALID_REQUEST where the runtime removes its unused images itself
 */
export function removeStoredImage(images: Pick<ImageStore, 'remove'>, reference: string): Promise<RemovedImage> {
  return (
    images.remove?.(reference) ?? Promise.reject(unmanaged('remove', 'Its nodes remove unused images themselves.'))
  );
}

/** As the HTTP API and the command line show it. */
export function listedImage({ references, digest, sizeBytes, usedAt }: StoredImage): ImageList['images'][number] {
  const used = usedAt === undefined ? {} : { used_at: new Date(usedAt).toISOString() };
  return { references: [...references], digest, size_bytes: sizeBytes, ...used };
}

function unmanaged(verb: string, fix: string): ExecError {
  return new ExecError('INVALID_REQUEST', `The agent cannot ${verb} images: its runtime keeps them elsewhere. ${fix}`);
}
