import { statfs } from 'node:fs/promises';
import { ExecError } from '../../support/exec-error.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { delay } from '../../support/time/deadline.ts';

/** What an unpacked image takes on disk. */
export interface ImageSize {
  readonly bytes: number;
  /** Files, directories and links; several names of one file count once. */
  readonly entries: number;
}

export interface UnpackBounds {
  /** Where it is unpacked; exists already. */
  readonly directory: string;
  /** What counts of it, as paths. Default: all. */
  readonly counted?: () => Promise<readonly string[]>;
  /** How many images that may be of. Default: one. */
  readonly images?: () => number;
  /** For messages. */
  readonly reference: string;
  readonly most: ImageSize;
  /** Whether the work continues unwatched when the size cannot be read. Default: false. */
  readonly mayBeUnknown?: boolean;
  /** How often the disk is looked at, in milliseconds. */
  readonly checkMs: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

// Not every file system reports how many entries it has room for.
const countEveryMs = 5000;
// Counting what is there takes its time, which unpacking should have.
const restFactor = 10;

/**
 * Unpacks, and aborts that as soon as the result is larger than it may be.
 * @returns what was unpacked takes
 * @throws ExecError IMAGE_PULL_FAILED naming the setting
 */
export async function boundUnpacking(
  bounds: UnpackBounds,
  unpack: (signal: AbortSignal) => Promise<void>,
): Promise<ImageSize> {
  await watchUnpacking(bounds, unpack);
  return checkImageSize(await measure(bounds, bounds.signal), bounds);
}

/** The same, for what is measured by other means once it is unpacked. */
export async function watchUnpacking<T>(bounds: UnpackBounds, unpack: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const tooLarge = new AbortController();
  const over = new AbortController();
  const watching = watch(bounds, AbortSignal.any([bounds.signal, over.signal])).catch((error: unknown) => {
    const isKnown = error instanceof ExecError && error.code === 'IMAGE_PULL_FAILED';
    if (!over.signal.aborted && (isKnown || bounds.mayBeUnknown !== true)) tooLarge.abort(error);
  });
  try {
    return await unpack(AbortSignal.any([bounds.signal, tooLarge.signal]));
  } finally {
    over.abort();
    await watching;
  }
}

/** Counts when the disk has lost as much as would bring the image to its bound, and now and then. */
async function watch(bounds: UnpackBounds, signal: AbortSignal): Promise<never> {
  let [before, size, countedAt, tookMs] = [await freeAt(bounds.directory), { bytes: 0, entries: 0 }, now(), 0];
  for (;;) {
    await delay(bounds.checkMs, signal);
    const free = await freeAt(bounds.directory);
    const images = imagesIn(bounds);
    const most = timesOf(bounds.most, images);
    const isWithin =
      before.bytes - free.bytes <= most.bytes - size.bytes &&
      before.entries - free.entries <= most.entries - size.entries;
    if (isWithin && now() - countedAt < Math.max(countEveryMs, tookMs * restFactor)) continue;
    const begun = now();
    const measured = await measure(bounds, signal);
    // One that has ended meanwhile may have been measured too.
    size = checkImageSize(measured, bounds, Math.max(images, imagesIn(bounds)));
    [before, countedAt, tookMs] = [free, now(), now() - begun];
  }
}

/**
 * @param images how many that may be
 * @throws ExecError IMAGE_PULL_FAILED naming the setting
 */
export function checkImageSize(
  size: ImageSize,
  { reference, most }: Pick<UnpackBounds, 'reference' | 'most'>,
  images = 1,
): ImageSize {
  const all = timesOf(most, images);
  const [bytes, max] = [formatBytes(size.bytes), formatBytes(most.bytes)];
  const [others, each] =
    images === 1 ? ['', ''] : [`, with others that are pulled at the same time (${images} in all),`, ' for each'];
  if (size.bytes > all.bytes)
    throw tooMuch(
      `${reference}${others} takes ${bytes} and the image store may take ${max}${each}. Raise EXEC_IMAGE_STORE_MAX`,
    );
  if (size.entries > all.entries)
    throw tooMuch(`${reference}${others} has more than ${most.entries} files${each}. Raise EXEC_IMAGE_FILES_MAX`);
  return size;
}

function imagesIn({ images }: UnpackBounds): number {
  return images?.() ?? 1;
}

function timesOf({ bytes, entries }: ImageSize, images: number): ImageSize {
  return { bytes: bytes * images, entries: entries * images };
}

function tooMuch(what: string): ExecError {
  return new ExecError('IMAGE_PULL_FAILED', `The image ${what}, or use a smaller image.`);
}

async function measure(bounds: UnpackBounds, signal: AbortSignal): Promise<ImageSize> {
  const { directory, counted = async () => [directory], environment } = bounds;
  const paths = await counted();
  if (paths.length === 0) return { bytes: 0, entries: 0 };
  const [kibibytes, entries] = [
    await total(['-sckx', ...paths], environment, signal),
    await total(['--inodes', '-scx', ...paths], environment, signal),
  ];
  return { bytes: kibibytes * 1024, entries };
}

/** While files come and go `du` complains about some, and its total is still that of the others. */
async function total(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const { output } = await runCommand(['du', ...args], { environment, signal });
  const last = Number.parseInt(output.trim().split('\n').at(-1) ?? '', 10);
  if (!Number.isNaN(last)) return last;
  throw new ExecError('INTERNAL', `The size of an image could not be read: ${output}`);
}

async function freeAt(directory: string): Promise<ImageSize> {
  const { bfree, bsize, ffree } = await statfs(directory);
  return { bytes: bfree * bsize, entries: ffree };
}

function now(): number {
  return performance.now();
}
