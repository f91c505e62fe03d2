import { once } from '../../once.ts';
import { isConnectionLost } from '../engine/explain-connection-error.ts';
import type { UsagePlace } from './find-usage-place.ts';

interface LookedAtEngine {
  facts(options: { readonly refresh: boolean }): Promise<unknown>;
  /** How often it could not be reached, or went away, so far. */
  losses(): number;
}

/**
 * The place where an engine makes groups, looked for again after each loss of the engine, because it may have come back with
 * other settings. While the engine is away, it is the last place that was found.
 * @param find looks for the process of the engine; it is called while the engine answers
 */
export function knownPlace(
  engine: LookedAtEngine,
  find: () => Promise<UsagePlace | undefined>,
): () => Promise<UsagePlace | undefined> {
  // An engine that is away has no process: what is not found then may be there.
  const look = () => ({
    losses: engine.losses(),
    place: once(async () => {
      await engine.facts({ refresh: true });
      return find();
    }),
  });
  let looked = look();
  let last: UsagePlace | undefined;

  return async () => {
    if (looked.losses !== engine.losses()) looked = look();
    try {
      last = await looked.place();
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    return last;
  };
}
