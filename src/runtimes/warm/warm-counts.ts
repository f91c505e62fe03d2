import type { WarmCounts } from '../runtime.ts';
import type { NoRecipe } from './warm-recipe.ts';

/**
 * Why an execution began in a container of its own. `unsupported`: containers cannot wait here. `none_ready`: none of its kind waited.
 * `unusable`: the one that waited could not be given to it. `command`: it could not be given the command.
 */
export type ColdReason = NoRecipe | 'unsupported' | 'none_ready' | 'unusable' | 'command';

export interface WarmCounter {
  /** An execution began in a container that had waited. */
  used(): void;
  cold(reason: ColdReason): void;
  counts(ready: number): WarmCounts;
}

export function createWarmCounter(): WarmCounter {
  let used = 0;
  const cold = new Map<ColdReason, number>();
  return {
    used() {
      used += 1;
    },
    cold(reason) {
      cold.set(reason, (cold.get(reason) ?? 0) + 1);
    },
    counts: (ready) => ({ ready, used, cold: Object.fromEntries(cold) }),
  };
}
