import type { DiscardWarm } from './discard-requests.ts';

/** Ids of images, by what uses them. */
export interface ImageUses {
  /** By containers of executions and of others, running or not. */
  readonly used: ReadonlySet<string>;
  /** By warm containers that wait. */
  readonly waiting: ReadonlySet<string>;
}

/**
 * Removes the warm containers that wait with an image which nothing else uses.
 * @param usesNow what uses images at the time of the call
 * @returns whether no container is left that uses it
 */
export async function freeImage(
  imageId: string,
  usesNow: () => Promise<ImageUses>,
  discardWarm: DiscardWarm,
): Promise<boolean> {
  const { used, waiting } = await usesNow();
  if (used.has(imageId)) return false;
  if (!waiting.has(imageId)) return true;
  await discardWarm(imageId, async () => !(await usesNow()).waiting.has(imageId));
  const left = await usesNow();
  return !left.used.has(imageId) && !left.waiting.has(imageId);
}
