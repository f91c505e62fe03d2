import { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';

/** @param mostBytes what an image may have to download */
export function tooMuchToDownload(reference: string, mostBytes: number): ExecError {
  return new ExecError(
    'IMAGE_PULL_FAILED',
    `The image ${reference} has more than ${formatBytes(mostBytes)} to download, which is what the image store may take. Raise EXEC_IMAGE_STORE_MAX, or use a smaller image.`,
  );
}
