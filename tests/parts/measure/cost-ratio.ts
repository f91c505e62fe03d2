/**
 * How many times as long one piece of work takes as another. The shortest of several rounds counts for each, and the rounds take turns, so
 * that the speed of the host and what else runs on it count for both. Both should take about as long: what takes longer is interrupted more.
 */
export function costRatio(work: () => unknown, control: () => unknown, rounds = 5): number {
  const shortest = { work: Number.POSITIVE_INFINITY, control: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    shortest.work = Math.min(shortest.work, durationOf(work));
    shortest.control = Math.min(shortest.control, durationOf(control));
  }
  return shortest.work / shortest.control;
}

const growth = 64;

/** How cost grows with size: about 1 where it is as the size, 64 where it is as its square. */
export function costGrowth(workOn: (size: number) => () => unknown, size: number): number {
  const small = workOn(size);
  const large = workOn(size * growth);
  return costRatio(large, () => {
    for (let times = 0; times < growth; times += 1) small();
  });
}

/** Far from both. */
export const linearGrowth = 16;

/** Milliseconds. */
function durationOf(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
