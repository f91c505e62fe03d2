/** In the unit of the samples, mostly milliseconds. */
export interface Summary {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly samples: number;
}

export function summarise(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), samples: sorted.length };
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
