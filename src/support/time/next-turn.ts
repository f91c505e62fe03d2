import { setImmediate } from 'node:timers/promises';

/** Lets everything else that waits on the event loop run. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
