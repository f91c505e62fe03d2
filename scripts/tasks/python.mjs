import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { binary, runChild } from '../steps/run-child.mjs';

/** @param {string[]} args */
export async function run(args) {
  const built = await buildWhenStale();
  return built === 0 ? runChild(binary('tsx'), ['tests/python/main.ts', ...args]) : built;
}
