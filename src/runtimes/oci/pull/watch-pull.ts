import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import type { OciLimits } from '../oci-options.ts';

export interface PullWatch {
  readonly directory: string;
  /** For messages. */
  readonly reference: string;
  readonly limits: Pick<OciLimits, 'keepFreeBytes' | 'pullProgressMs'>;
  readonly report: () => Promise<void>;
  readonly parent: AbortSignal;
}

/** Reports now and then, and ends the work before the disk is full. */
export async function watchPull<T>(
  { directory, reference, limits, report, parent }: PullWatch,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { keepFreeBytes, pullProgressMs } = limits;
  const full = new AbortController();
  const look = async () => {
    await report();
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

/** Bytes of the layers that have come so far; skopeo itself tells only when a layer is complete. */
export async function receivedIn(directory: string): Promise<number> {
  const places = [directory, join(directory, 'layout'), join(directory, 'layout/blobs/sha256')];
  const sizes = await Promise.all(
    places.map(async (place) => (await namesIn(place)).map((name) => sizeOf(join(place, name)))),
  );
  return (await Promise.all(sizes.flat())).reduce((sum, size) => sum + size, 0);
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
