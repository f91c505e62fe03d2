import { binary, runChild } from '../steps/run-child.mjs';

/** @param {string[]} args */
export function run(args) {
  return runChild(binary('tsx'), ['bench/simulate/main.ts', ...args]);
}
