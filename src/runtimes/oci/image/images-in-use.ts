import { join } from 'node:path';
import { namesIn } from '../../../support/files/names-in.ts';
import { containersIn, filesOf } from '../container/remove-containers.ts';
import type { OciPlaces } from '../oci-places.ts';
import { readFacts } from '../spec/container-facts.ts';

/** Digests of the images that containers of any deployment stand on, running or not. */
export async function imagesInUse({ work }: OciPlaces): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const deployment of await namesIn(work))
    for (const execution of await namesIn(join(work, deployment))) {
      const control = join(work, deployment, execution, 'control');
      for (const id of await namesIn(containersIn(control))) {
        const facts = await readFacts(filesOf(control, id).config);
        if (facts !== undefined) digests.add(facts.image);
      }
    }
  return digests;
}
