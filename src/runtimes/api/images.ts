import type { ImageConfig } from '../../wire/record/record.ts';

/** An image whose content is known. */
export interface ResolvedImage {
  /** As the user wrote it. */
  readonly reference: string;
  /** Identifies the content: `sha256:…`. */
  readonly digest: string;
  /** The id that the driver starts the image by, if it is not the digest. */
  readonly id?: string;
  /** The configuration of that digest. Absent: the runtime applies it when it creates the container. */
  readonly config?: ImageConfig;
}

export interface PullProgress {
  readonly reference: string;
  readonly receivedBytes: number;
  /** Absent until the engine reports it. */
  readonly totalBytes?: number;
  readonly status: string;
}

export interface EnsureOptions {
  readonly pull: 'missing' | 'always' | 'never';
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface StoredImage {
  readonly references: readonly string[];
  readonly digest: string;
  readonly sizeBytes: number;
  /** Epoch milliseconds of its last use; absent: not known. */
  readonly usedAt?: number | undefined;
}

/** What a removal took away; or why it took nothing: no such image, or the last name of one that a container uses. */
export type RemovedImage = StoredImage | 'missing' | 'in use';

/** An image store on a host, which lists and removes its images. */
export type ListingImageStore = ImageStore & Required<Pick<ImageStore, 'list' | 'prune' | 'remove'>>;

export interface ImageStore {
  /**
   * Pulls the image if `pull` asks for it. Callers of the same image share one pull, which continues as long as one of
   * them waits for it.
   * @throws ExecError INVALID_REQUEST (no image reference) | IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
   */
  ensure(reference: string, options: EnsureOptions): Promise<ResolvedImage>;
  /** The directory of the root filesystem of a stored image; callers must not write to it. Absent: the engine stores it. */
  rootfsOf?(image: ResolvedImage): Promise<string>;
  /**
   * Stores an image from an archive or a directory under a name of the caller's choice. Absent: the runtime loads none.
   * @param source as skopeo writes it: `docker-archive:/x.tar`, `oci:/directory:tag`
   */
  importImage?(source: string, reference: string, signal: AbortSignal): Promise<ResolvedImage>;
  /** Absent: the runtime keeps its images itself and does not list them. */
  list?(): Promise<readonly StoredImage[]>;
  /**
   * Removes unused images, least recently used first, until `keepBytes` are left; returns the removed images. Absent: the
   * runtime removes unused images itself.
   */
  prune?(options: { readonly keepBytes: number }): Promise<readonly StoredImage[]>;
  /**
   * Removes a name, and the image with its last one; a digest means all names. In the result are the removed names and
   * the freed bytes: 0 while the image has other names. Absent: as with `prune`.
   * @param reference a name, or a digest as `list` shows it
   */
  remove?(reference: string): Promise<RemovedImage>;
}
