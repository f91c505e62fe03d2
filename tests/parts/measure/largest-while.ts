import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 5;

/**
 * What work gives, and the largest that a measure gave meanwhile. A measure that fails counts as 0: what it measures may come and go.
 */
export async function largestWhile<T>(
  work: Promise<T>,
  measure: () => Promise<number>,
): Promise<{ readonly result: T; readonly largest: number }> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  let largest = 0;
  while (!isOver) {
    largest = Math.max(largest, await measure().catch(() => 0));
    await delay(pauseMs);
  }
  return { result: await work, largest };
}
