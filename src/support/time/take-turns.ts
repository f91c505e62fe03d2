import { setImmediate } from 'node:timers/promises';

/** Work that is cut into turns of about a millisecond or two, between which everything else on the event loop runs. */
export interface Turns {
  /** Counts steps of work. @returns whether the turn is over, so that {@link Turns.rest} is to be awaited */
  spend(steps: number): boolean;
  /** Lets others run. @throws the reason of the signal */
  rest(): Promise<void>;
}

/** Comparisons, looks at a name, and the like. */
export const stepsPerTurn = 100_000;

export function createTurns(signal?: AbortSignal): Turns {
  let spent = 0;
  return {
    spend(steps) {
      spent += steps;
      return spent >= stepsPerTurn;
    },
    async rest() {
      spent = 0;
      await setImmediate(undefined, signal === undefined ? {} : { signal });
    },
  };
}
