import type { ImageUses } from '../../warm/discard/free-image.ts';
import { claimantOf } from '../claimed-name.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerListSchema } from '../engine/engine-schemas.ts';
import { labels } from '../labels.ts';

/** Of all containers of the engine. */
export async function imageUses(engine: Engine): Promise<ImageUses> {
  const query = { all: true };
  const listed = await engine.ask({ method: 'GET', path: '/containers/json', query }, containerListSchema);
  const [used, waiting] = [new Set<string>(), new Set<string>()];
  for (const { Names, Labels, ImageID } of valueOrThrow(listed, 'list its containers')) {
    const waits = Labels?.[labels.role] === 'warm' && claimantOf(Names ?? []) === undefined;
    if (ImageID != null) (waits ? waiting : used).add(ImageID);
  }
  return { used, waiting };
}
