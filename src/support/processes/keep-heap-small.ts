import { setFlagsFromString } from 'node:v8';

// By default the heap may grow to four times of what lives in it before it is cleared.
const growthPercent = 50;

/**
 * For a program that shares its machine with the containers it runs: garbage is given back early rather than late.
 *
 * Called before the modules of the program are loaded, it also keeps the space for new objects at its first size. What
 * the start throws away would make that space grow to 2 × 16 MiB, which V8 does not give back.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Once the program has started: under load a larger space for new objects saves time. */
export function letNewSpaceGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
