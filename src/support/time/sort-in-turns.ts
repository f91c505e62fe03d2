import type { Turns } from './take-turns.ts';

/** Sorted at once by the engine's own sort, before the runs are merged. */
const runLength = 512;

/** What one comparison counts for; names are long, and so is comparing them. */
const stepsPerComparison = 16;

/**
 * A stable sort that lets others run in between, for lists whose length somebody else chose.
 * @throws the reason of the signal behind the turns
 */
export async function sortInTurns<T extends object>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += runLength) {
    runs.push(items.slice(from, from + runLength).sort(compare));
    if (turns.spend(runLength * stepsPerComparison)) await turns.rest();
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await mergeInTurns(runs[at] ?? [], runs[at + 1] ?? [], compare, turns));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeInTurns<T extends object>(
  first: readonly T[],
  second: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let next = 0;
  for (const item of first) {
    for (let other = second[next]; other !== undefined && compare(other, item) < 0; other = second[next]) {
      merged.push(other);
      next += 1;
      if (turns.spend(stepsPerComparison)) await turns.rest();
    }
    merged.push(item);
    if (turns.spend(stepsPerComparison)) await turns.rest();
  }
  for (; next < second.length; next += copiedTogether) {
    merged.push(...second.slice(next, next + copiedTogether));
    if (turns.spend(copiedTogether)) await turns.rest();
  }
  return merged;
}

/** As arguments of one call. */
const copiedTogether = 1000;
