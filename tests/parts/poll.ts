import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 25;

/** Asks until the answer is yes; false when that does not happen in time. */
export async function becomesTrue(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await delay(intervalMs);
  }
  return true;
}

/** Calls until it does not throw, and returns that result. @throws the last error when that does not happen in time */
export async function succeeds<Result>(call: () => Promise<Result>, withinMs: number): Promise<Result> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await delay(intervalMs);
  }
}
