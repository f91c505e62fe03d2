import type { Glob } from '../../support/patterns/match-glob.ts';
import type { Turns } from '../../support/time/take-turns.ts';

/** Comparisons of one collection, some seconds of work; the event loop is free in between. */
export const maxMatchSteps = 500_000_000;

/** Taking up a name, compared with a comparison. */
export const stepsPerName = 30;

/** Matches names against patterns, both of which somebody else chose, in turns and up to a bound. */
export interface MatchWork {
  /** @returns undefined when the bound is met */
  filter(names: Iterable<string>, glob: Pick<Glob, 'match'>): Promise<readonly string[] | undefined>;
  /** Does it with each of many names. */
  each(names: readonly string[], act: (name: string) => void): Promise<void>;
  /** Whether any of the names matches. */
  some(names: Iterable<string>, glob: Pick<Glob, 'match'>): Promise<boolean>;
}

export function createMatchWork(turns: Turns, maxSteps = maxMatchSteps): MatchWork {
  let left = maxSteps;
  /** @returns undefined when the bound is met */
  const matches = async (name: string, { match }: Pick<Glob, 'match'>): Promise<boolean | undefined> => {
    const matching = match(name);
    let step = matching.next();
    for (; step.done !== true; step = matching.next()) {
      left -= step.value;
      if (left < 0) return undefined;
      if (turns.spend(step.value)) await turns.rest();
    }
    return step.value;
  };
  return {
    async filter(names, glob) {
      const matched: string[] = [];
      for (const name of names) {
        if (turns.spend(stepsPerName)) await turns.rest();
        const isMatch = await matches(name, glob);
        if (isMatch === undefined) return undefined;
        if (isMatch) matched.push(name);
      }
      return matched;
    },
    async each(names, act) {
      for (const name of names) {
        if (turns.spend(stepsPerName)) await turns.rest();
        act(name);
      }
    },
    async some(names, glob) {
      for (const name of names) {
        if (turns.spend(stepsPerName)) await turns.rest();
        if ((await matches(name, glob)) === true) return true;
      }
      return false;
    },
  };
}
