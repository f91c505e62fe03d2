import { summarise } from '../../bench/summarise.ts';

export interface MemoryFigures {
  /** Medians after the warm-up and at the end, in MB (10^6 bytes). */
  readonly warm: number;
  readonly end: number;
  readonly highest: number;
}

// What a heap that is not full may take more or less of.
const maxGrowth = 0.15;
const slackMb = 15;

/** @param sizes resident memory after each lot, in MB */
export function judgeMemory(sizes: readonly number[]): { readonly figures: MemoryFigures; readonly flat: boolean } {
  const quarter = Math.max(1, Math.floor(sizes.length / 4));
  const median = (some: readonly number[]) => Math.round(summarise(some).median);
  const warm = median(sizes.slice(quarter, 2 * quarter));
  const end = median(sizes.slice(-quarter));
  return {
    figures: { warm, end, highest: Math.round(Math.max(0, ...sizes)) },
    flat: end <= warm * (1 + maxGrowth) + slackMb,
  };
}
