import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { PullProgress } from '../../runtime.ts';
import type { ImageEntry, ImageIndex } from '../image/image-index.ts';
import type { ImageTools } from '../image/image-tools.ts';
import type { OciLimits, OciOptions } from '../oci-options.ts';
import { workName } from '../work-name.ts';
import { type CopyJob, copyImage } from './copy-image.ts';
import { unpackImage } from './unpack-image.ts';
import { watchPull } from './watch-pull.ts';

export interface PullJob extends Pick<CopyJob, 'reference' | 'source' | 'fromRegistry' | 'signal'> {
  readonly onProgress: (progress: PullProgress) => void;
}

export interface PulledImage {
  readonly entry: ImageEntry;
  /** What the registry calls it; absent: it came from somewhere else. */
  readonly registryDigest?: string;
}

/**
 * Copies and unpacks an image into the store. Works in a directory of its own, which goes in any case.
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
 */
export async function pullImage(
  job: PullJob,
  index: ImageIndex,
  tools: ImageTools,
  limits: OciLimits & Pick<OciOptions, 'imageStoreMaxBytes'>,
): Promise<PulledImage> {
  const { reference, onProgress } = job;
  const directory = join(index.incoming, await workName());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let status = '';
  const report = (receivedBytes: number) => onProgress({ reference: reference.familiar, receivedBytes, status });
  const mostBytes = limits.imageStoreMaxBytes;
  const onStatus = (line: string) => {
    status = line;
  };
  try {
    return await watchPull(
      { directory, reference: reference.familiar, limits, mostBytes, report, parent: job.signal },
      async (signal) => {
        const { layout, digest } = await copyImage({ ...job, directory, signal, onStatus }, tools);
        onStatus('unpacking');
        const most = { bytes: mostBytes, entries: limits.imageEntries };
        const unpack = {
          layout,
          reference: reference.familiar,
          directory,
          most,
          checkMs: limits.unpackCheckMs,
          signal,
        };
        const entry = await unpackImage(unpack, index, tools);
        return digest === undefined ? { entry } : { entry, registryDigest: digest };
      },
    );
  } finally {
    await removeTree(directory);
  }
}
