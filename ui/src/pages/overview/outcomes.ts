import type { Counts, CountsByName } from '../../api/executions.ts';

/** What the colours of a plot stand for, from the bottom up. */
export const outcomes = ['ok', 'failed', 'canceled', 'open'] as const;
export type Outcome = (typeof outcomes)[number];

export function outcomesOf({ states, codes }: CountsByName): Readonly<Record<Outcome, number>> {
  const { OK: ok = 0, CANCELED: canceled = 0, ...failures } = codes;
  const { finished: _, ...open } = states;
  return { ok, failed: sum(failures), canceled, open: sum(open) };
}

export interface Bar {
  readonly since: string;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Parts of the height, from 0 at the bottom to 1, in the order of `outcomes`. */
  readonly pieces: readonly { readonly outcome: Outcome; readonly from: number; readonly to: number }[];
}

/** @returns the bars, and the number that the full height stands for: at least 1 */
export function barsOf({ history }: Pick<Counts, 'history'>): { readonly bars: readonly Bar[]; readonly most: number } {
  const counted = history.map((part) => ({ since: part.since, counts: outcomesOf(part) }));
  const most = Math.max(1, ...counted.map(({ counts }) => sum(counts)));
  const bars = counted.map((part) => {
    let at = 0;
    const pieces = outcomes.flatMap((outcome) => {
      const from = at;
      at += part.counts[outcome] / most;
      return at === from ? [] : [{ outcome, from, to: at }];
    });
    return { ...part, pieces };
  });
  return { bars, most };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
