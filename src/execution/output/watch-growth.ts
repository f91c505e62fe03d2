import type { ExecError } from '../../support/exec-error.ts';
import { delay } from '../../support/time/deadline.ts';

export interface Growth<Sizes extends Readonly<Record<string, number>>> {
  readonly measure: (signal: AbortSignal) => Promise<Sizes>;
  readonly bounds: Sizes;
  /** Returns the error for sizes above a bound. */
  readonly problemOf: (now: Sizes) => ExecError | undefined;
  /** Milliseconds between two measurements. */
  readonly checkMs: { readonly longest: number; readonly shortest: number };
}

/**
 * Measures sizes until one exceeds its bound: rarely while they do not grow, often when they come close to a bound.
 * @returns the error for the exceeded bound
 * @throws the signal's reason; the error of a failed measurement
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
    // Wait half of the time until the bound is reached at the current rate.
    pause = Math.min(Math.max((pause * Math.min(...steps)) / 2, shortest), longest);
    before = now;
  }
}

/** Number of steps until the bound is reached, if each grows like the last one. */
function left(before: number, now: number, bound: number): number {
  return now > before ? (bound - now) / (now - before) : Number.POSITIVE_INFINITY;
}
