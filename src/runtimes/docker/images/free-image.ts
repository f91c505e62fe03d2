import type { DiscardWarm } from '../../warm/discard/discard-requests.ts';
import { claimantOf } from '../claimed-name.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerListSchema } from '../engine/engine-schemas.ts';
import { labels } from '../labels.ts';

type ImageIds = ReadonlySet<string | null | undefined>;

export interface ImageUses {
  /** Ids of the images of containers that run for an execution, or that others made. */
  readonly used: ImageIds;
  /** The same of warm containers that wait. */
  readonly waiting: ImageIds;
}

export async function imageUses(engine: Engine): Promise<ImageUses> {
  const query = { all: true };
  const listed = await engine.ask({ method: 'GET', path: '/containers/json', query }, containerListSchema);
  const containers = valueOrThrow(listed, 'list its containers').map(({ Names, Labels, ImageID }) => ({
    ImageID,
    waits: Labels?.[labels.role] === 'warm' && claimantOf(Names ?? []) === undefined,
  }));
  const idsOf = (some: typeof containers) => new Set(some.map(({ ImageID }) => ImageID));
  return {
    used: idsOf(containers.filter(({ waits }) => !waits)),
    waiting: idsOf(containers.filter(({ waits }) => waits)),
  };
}

/**
 * Removes the warm containers that wait with an image which nothing else uses.
 * @returns whether no container is left that uses it
 */
export async function freeImage(engine: Engine, imageId: string, discardWarm: DiscardWarm): Promise<boolean> {
  const { used, waiting } = await imageUses(engine);
  if (used.has(imageId)) return false;
  if (!waiting.has(imageId)) return true;
  await discardWarm(imageId, async () => !(await imageUses(engine)).waiting.has(imageId));
  const left = await imageUses(engine);
  return !left.used.has(imageId) && !left.waiting.has(imageId);
}
