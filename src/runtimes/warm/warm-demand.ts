import type { WarmLimits, WarmOptions } from './warm-options.ts';
import type { WarmRecipe } from './warm-recipe.ts';

export type DemandLimits = WarmLimits & Pick<WarmOptions, 'count' | 'memoryBytes' | 'idleMs'>;

/** What the pool needs to know of a recipe. */
export interface Recipe {
  /** Two of the same key are alike. */
  readonly key: string;
  readonly sandbox: { readonly resources: { readonly memoryBytes: number } };
}

/** Something that was made by a recipe. */
export interface Made {
  readonly recipe: Recipe;
}

/** What containers should wait, by what ran lately and what will be asked for next. */
export interface WarmDemand<R extends Recipe = WarmRecipe> {
  /** Somebody could use one of those now. */
  note(recipe: R): void;
  /** What will be asked for next, first things first. */
  expect(recipes: readonly R[]): void;
  /** None could be made, so for a while none is wanted. */
  failed(recipe: R): void;
  /** Those are not wanted until they are asked for again. */
  forget(isForgotten: (recipe: R) => boolean): void;
  /** Nobody could have used any for long. */
  isIdle(): boolean;
  /** What is wanted and not among these; undefined when all is well. */
  missing(ready: readonly Made[]): R | undefined;
  /** Which of these are not wanted, the oldest first. */
  spare<T extends Made>(ready: readonly T[]): readonly T[];
}

interface Use<R> {
  readonly recipe: R;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

// More of them are only tried once more than they need be.
const rememberedFailures = 64;

export function createWarmDemand<R extends Recipe = WarmRecipe>(limits: DemandLimits): WarmDemand<R> {
  let recent: Use<R>[] = [];
  let expected: readonly R[] = [];
  let lastUse = performance.now();
  /** By key: until when it is not tried again. */
  const failures = new Map<string, number>();

  // One that never fits must not be in the way of the others.
  const canBeMade = (recipe: R) =>
    memoryOf(recipe) <= limits.memoryBytes && performance.now() >= (failures.get(recipe.key) ?? 0);

  /** What will probably be asked for again, the latest first; of each kind as many as were asked for in its largest burst. */
  function likely(): readonly R[] {
    const left = new Map<string, number>();
    for (const key of new Set(recent.map(({ recipe }) => recipe.key))) {
      const uses = recent.filter(({ recipe }) => recipe.key === key);
      left.set(key, uses.length < limits.usesBefore ? 0 : largestBurst(uses, limits.burstMs));
    }
    return recent.flatMap(({ recipe }) => {
      const count = left.get(recipe.key) ?? 0;
      left.set(recipe.key, count - 1);
      return count > 0 ? [recipe] : [];
    });
  }

  /** As far as count and memory allow; the first is the most likely. */
  function wanted(): readonly R[] {
    const chosen: R[] = [];
    let memory = 0;
    for (const recipe of [...expected, ...likely()].filter(canBeMade)) {
      memory += memoryOf(recipe);
      if (chosen.length === limits.count || memory > limits.memoryBytes) break;
      chosen.push(recipe);
    }
    return chosen;
  }

  return {
    note(recipe) {
      lastUse = performance.now();
      recent = [{ recipe, at: lastUse }, ...recent].slice(0, limits.remembered);
    },

    expect(recipes) {
      expected = recipes;
      if (recipes.length > 0) lastUse = performance.now();
    },

    failed({ key }) {
      failures.delete(key);
      failures.set(key, performance.now() + limits.retryMs);
      const [oldest] = failures.keys();
      if (failures.size > rememberedFailures && oldest !== undefined) failures.delete(oldest);
    },

    forget(isForgotten) {
      recent = recent.filter(({ recipe }) => !isForgotten(recipe));
      expected = expected.filter((recipe) => !isForgotten(recipe));
    },

    isIdle: () => performance.now() - lastUse >= limits.idleMs,

    missing(ready) {
      const there = ready.map(({ recipe }) => recipe.key);
      return wanted().find(({ key }) => !takeOut(there, key));
    },

    spare(ready) {
      const keep = wanted().map(({ key }) => key);
      return ready.filter(({ recipe }) => !takeOut(keep, recipe.key));
    },
  };
}

/** @param uses the latest first */
function largestBurst(uses: readonly Pick<Use<Recipe>, 'at'>[], withinMs: number): number {
  const sizes = uses.map((last, index) => uses.slice(index).filter(({ at }) => last.at - at < withinMs).length);
  return Math.max(1, ...sizes);
}

/** As its limits say. */
export function memoryOf({ sandbox }: Recipe): number {
  return sandbox.resources.memoryBytes;
}

/** False when it is not among them. */
function takeOut(keys: string[], key: string): boolean {
  const index = keys.indexOf(key);
  if (index !== -1) keys.splice(index, 1);
  return index !== -1;
}
