import { delay } from '../support/deadline.ts';
import type { ExecError } from '../support/exec-error.ts';

export interface Growth<Sizes extends Readonly<Record<string, number>>> {
  readonly measure: (signal: AbortSignal) => Promise<Sizes>;
  readonly bounds: Sizes;
  /** Why what was measured is too much. */
  readonly problemOf: (now: Sizes) => ExecError | undefined;
  /** Milliseconds between two looks. */
  readonly checkMs: { readonly longest: number; readonly shortest: number };
}

/**
 * Looks at what grows: seldom as long as it does not, often when a bound comes near.
 * @returns why it is too much, as soon as it is
 * @throws the signal's reason; what the measuring fails with
 */
export async function watchGrowth<Sizes extends Readonly<Record<string, number>>>(
  { measure, bounds, problemOf, checkMs: { longest, shortest } }: Growth<Sizes>,
  signal: AbortSignal,
): Promise<ExecError> {
  let before: Sizes | undefined;
  let pause = shortest;
  for (;;) {
    await delay(pause, signal);
    const now = await measure(signal);
    const problem = problemOf(now);
    if (problem !== undefined) return problem;
    const steps = Object.entries(bounds).map(([what, bound]) => left(before?.[what] ?? 0, now[what] ?? 0, bound));
    // Half of the time that is left at this pace, as far as one can tell.
    pause = Math.min(Math.max((pause * Math.min(...steps)) / 2, shortest), longest);
    before = now;
  }
}

/** In how many steps as large as the last one the bound is reached. */
function left(before: number, now: number, bound: number): number {
  return now > before ? (bound - now) / (now - before) : Number.POSITIVE_INFINITY;
}
