import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { tooMuchToDownload } from '../../registries/too-much-to-download.ts';
import type { OciLimits } from '../oci-options.ts';

export interface PullWatch {
  readonly directory: string;
  /** For messages. */
  readonly reference: string;
  readonly limits: Pick<OciLimits, 'keepFreeBytes' | 'pullProgressMs'>;
  /** What may be received: as much as the image store may take. */
  readonly mostBytes: number;
  /** Gets the bytes that have come so far. */
  readonly report: (receivedBytes: number) => void;
  readonly parent: AbortSignal;
}

/**
 * Reports now and then, and ends the work when too much has come or before the disk is full; between two looks, more can come.
 */
export async function watchPull<T>(
  { directory, reference, limits, mostBytes, report, parent }: PullWatch,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { keepFreeBytes, pullProgressMs } = limits;
  const full = new AbortController();
  const look = async () => {
    const received = await receivedIn(directory);
    report(received.archives + received.layers);
    if (Math.max(received.archives, received.layers) > mostBytes) full.abort(tooMuchToDownload(reference, mostBytes));
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    if (free < keepFreeBytes) full.abort(diskFull(reference, directory, free));
  };
  const timer = setInterval(() => look().catch((error) => full.abort(error)), pullProgressMs);
  try {
    return await work(AbortSignal.any([parent, full.signal]));
  } finally {
    clearInterval(timer);
  }
}

function diskFull(reference: string, directory: string, free: number): ExecError {
  return new ExecError(
    'IMAGE_PULL_FAILED',
    `The image ${reference} does not fit: only ${formatBytes(free)} are free at ${directory}. Free space there, or prune images.`,
  );
}

/** Bytes that have come so far; skopeo itself tells only when a layer is complete. */
async function receivedIn(directory: string): Promise<{ readonly archives: number; readonly layers: number }> {
  const layout = join(directory, 'layout');
  const [archives, unfinished, layers] = await Promise.all([
    bytesIn(directory),
    bytesIn(layout),
    bytesIn(join(layout, 'blobs/sha256')),
  ]);
  return { archives, layers: unfinished + layers };
}

async function bytesIn(directory: string): Promise<number> {
  const sizes = await Promise.all((await namesIn(directory)).map((name) => sizeOf(join(directory, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
