import type { PullProgress } from '../../runtimes/runtime.ts';
import type { ImageList, PulledImage } from '../../wire/http/images.ts';

export type ListedImage = ImageList['images'][number];

export interface ImagePull {
  /** Archive or directory on this host, in place of a registry. */
  readonly from?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
}

/** The images of one agent: that of this host, or one behind HTTP. Every method throws an ExecError that says what to do. */
export interface ImageControl {
  /** For messages: whose images these are. */
  readonly owner: string;
  list(): Promise<readonly ListedImage[]>;
  pull(reference: string, pull: ImagePull): Promise<PulledImage>;
  /** @param keep as the user wrote it: `5g` */
  prune(keep: string): Promise<readonly ListedImage[]>;
  /** The removed names, and the freed bytes: 0 while the image has other names. */
  remove(reference: string): Promise<ListedImage>;
  close(): Promise<void>;
}
