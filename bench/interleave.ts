import { delay } from '../src/support/time/deadline.ts';
import { type Summary, summarise } from './summarise.ts';

export interface Contender {
  readonly name: string;
  /** Waits for what has to be there before each run; not timed. */
  readonly before?: () => Promise<void>;
  readonly run: () => Promise<void>;
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds before those that count. */
  readonly warmups: number;
  /** Milliseconds before each run, in which what the last one left to be done ends. */
  readonly pauseMs?: number;
}

/**
 * Times the contenders in turn, A B C A B C …, so that a machine that becomes slower is slower for all of them.
 * @returns the times in milliseconds, in the order of the contenders
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, warmups, pauseMs = 0 }: Rounds,
): Promise<readonly Timed[]> {
  const timed = contenders.map((contender) => ({ ...contender, samples: [] as number[] }));
  for (let round = -warmups; round < rounds; round++) {
    for (const { before, run, samples } of timed) {
      await before?.();
      await delay(pauseMs);
      const begun = performance.now();
      await run();
      if (round >= 0) samples.push(performance.now() - begun);
    }
  }
  return timed.map(({ name, samples }) => ({ name, summary: summarise(samples) }));
}

export interface Timed {
  readonly name: string;
  readonly summary: Summary;
}

/** @throws when there is no such contender: a figure is never made up */
export function medianOf(timed: readonly Timed[], name: string): number {
  const found = timed.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found.summary.median;
}
