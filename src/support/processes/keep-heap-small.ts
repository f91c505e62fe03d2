import { setFlagsFromString } from 'node:v8';

// By default the heap may grow to four times of what lives in it before it is cleared.
const growthPercent = 50;

/** For a program that shares its machine with the containers it runs: garbage is given back early rather than late. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
