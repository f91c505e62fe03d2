import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { runCommand } from '../../../support/processes/run-command.ts';
import { boundUnpacking, type UnpackBounds } from '../../registries/bound-unpacking.ts';
import { type ImageEntry, type ImageIndex, imageFileName } from '../image/image-index.ts';
import type { ImageTools } from '../image/image-tools.ts';
import { makeVolumeDirectories } from '../image/image-volumes.ts';
import { layoutTag } from './copy-image.ts';
import { readOciLayout } from './oci-layout.ts';
import { reasonIn } from './reason-in.ts';

export interface UnpackJob {
  readonly layout: string;
  /** For messages. */
  readonly reference: string;
  /** A directory to work in. */
  readonly directory: string;
  readonly most: UnpackBounds['most'];
  readonly checkMs: number;
  readonly signal: AbortSignal;
}

/**
 * Unpacks the image of a layout into the store, unless it is there: the same content under another name costs nothing.
 * @throws ExecError IMAGE_PULL_FAILED
 */
export async function unpackImage(job: UnpackJob, index: ImageIndex, tools: ImageTools): Promise<ImageEntry> {
  const { layout, reference, directory } = job;
  const { environment } = tools;
  const { digest, config } = await readOciLayout(layout);
  const present = await index.image(digest);
  if (present !== undefined) return present;
  const content = join(directory, 'content');
  const rootfs = join(content, 'rootfs');
  await mkdir(content, { mode: 0o700 });
  const unpack = [await tools.find('umoci'), 'raw', 'unpack', '--image', `${layout}:${layoutTag}`, rootfs];
  const { bytes: sizeBytes } = await boundUnpacking({ ...job, directory: content, environment }, async (signal) => {
    const { code, output } = await runCommand(unpack, { environment, signal });
    if (code !== 0)
      throw new ExecError('IMAGE_PULL_FAILED', `The image ${reference} could not be unpacked: ${reasonIn(output)}.`);
  });
  await makeVolumeDirectories(rootfs, config);
  const entry = { digest, config, sizeBytes };
  await writeFile(join(content, imageFileName), JSON.stringify(entry));
  await publish(content, index.directoryOf(digest));
  return entry;
}

async function publish(from: string, to: string): Promise<void> {
  await mkdir(join(to, '..'), { recursive: true, mode: 0o700 });
  try {
    await rename(from, to);
  } catch (error) {
    // Another process unpacked the same image meanwhile.
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}
