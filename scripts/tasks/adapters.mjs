import { buildWhenStale } from './build-when-stale.mjs';
import { binary, runChild } from './run-child.mjs';

/** @param {string[]} args */
export async function run(args) {
  const built = await buildWhenStale();
  return built === 0 ? runChild(binary('tsx'), ['tests/adapters/main.ts', ...args]) : built;
}
