import { join } from 'node:path';
import { namesIn } from '../../../support/files/names-in.ts';
import type { ImageUses } from '../../warm/discard/free-image.ts';
import { containersIn, filesOf } from '../container/remove-containers.ts';
import type { OciPlaces } from '../oci-places.ts';
import { readFacts } from '../spec/container-facts.ts';

/** Digests, of the images of all deployments. */
export async function imageUses({ work, warm }: Pick<OciPlaces, 'work' | 'warm'>): Promise<ImageUses> {
  // A container that stops waiting moves from the first to the second meanwhile.
  const waiting = new Set(await imagesOf(await directoriesIn([warm], 3)));
  return { waiting, used: new Set(await imagesOf(await directoriesIn([work], 2))) };
}

async function imagesOf(workspaces: readonly string[]): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const workspace of workspaces) {
    const control = join(workspace, 'control');
    for (const id of await namesIn(containersIn(control))) {
      const facts = await readFacts(filesOf(control, id).config);
      if (facts !== undefined) digests.push(facts.image);
    }
  }
  return digests;
}

/** What lies so many levels below the directories. */
async function directoriesIn(directories: readonly string[], levels: number): Promise<readonly string[]> {
  if (levels === 0) return directories;
  const below = await Promise.all(
    directories.map(async (directory) => (await namesIn(directory)).map((name) => join(directory, name))),
  );
  return directoriesIn(below.flat(), levels - 1);
}
