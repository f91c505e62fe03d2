/**
 * How many times as much processor time one piece of work takes as another. The least of several rounds counts for each, and the rounds take
 * turns, so that the speed of the host and what else runs on it count for both.
 */
export function costRatio(work: () => unknown, control: () => unknown, rounds = 5): number {
  const least = { work: Number.POSITIVE_INFINITY, control: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    least.work = Math.min(least.work, costOf(work));
    least.control = Math.min(least.control, costOf(control));
  }
  return least.work / least.control;
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

/** Microseconds of processor time: a busy host interrupts what it measures, but does not make it cost more. */
function costOf(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return user + system;
}
