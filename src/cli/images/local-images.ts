import { scanRow } from '../../admission/scan/scan-row.ts';
import { openScans } from '../../agent/open/open-gate.ts';
import { openLocalAgent } from '../../agent/open-local-agent.ts';
import { listedImage, listStoredImages, pruneStoredImages, removeStoredImage } from '../../runtimes/stored-images.ts';
import { ExecError } from '../../support/exec-error.ts';
import { parseBytes } from '../../support/text/bytes.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ImageControl } from './image-control.ts';
import { absoluteSource } from './image-source.ts';

/**
 * The images of the runtime of this host, without an agent that serves.
 * @throws ExecError RUNTIME_UNAVAILABLE when no runtime can be used
 */
export async function openLocalImages({ config, logger }: Settings, terminal: Terminal): Promise<ImageControl> {
  const agent = await openLocalAgent(config, { logger, searchPath: terminal.env.PATH ?? '' });
  const { name, images } = agent.choice.runtime;
  return {
    owner: `The ${name} runtime`,
    async list() {
      const scans = openScans(config);
      return Promise.all(
        (await listStoredImages(images)).map(async (image) => {
          const scan = await scans.find(image.digest);
          return { ...listedImage(image), ...(scan === undefined ? {} : { scan: scanRow(scan) }) };
        }),
      );
    },
    async pull(reference, { from, signal, onProgress }) {
      if (from === undefined) return images.ensure(reference, { pull: 'always', signal, onProgress });
      if (images.importImage === undefined)
        throw new ExecError(
          'INVALID_REQUEST',
          `--from: the ${name} runtime loads no archives. Load it with the tools of that runtime, or choose another one with --runtime.`,
        );
      return images.importImage(absoluteSource(from, terminal.cwd), reference, signal);
    },
    async prune(keep) {
      const keepBytes = parseBytes(keep);
      if (keepBytes === undefined)
        throw new ExecError('INVALID_REQUEST', `--keep ${keep} is not a size. Write it as 500m or 5g.`);
      return (await pruneStoredImages(images, { keepBytes })).map(listedImage);
    },
    async remove(reference) {
      const removed = await removeStoredImage(images, reference);
      if (removed === 'missing') throw new ExecError('INPUT_NOT_FOUND', `There is no image ${reference}.`);
      if (removed === 'in use')
        throw new ExecError('RUNTIME_UNAVAILABLE', `A container uses the image ${reference}. Remove it later.`);
      return listedImage(removed);
    },
    close: () => agent.close(),
  };
}
