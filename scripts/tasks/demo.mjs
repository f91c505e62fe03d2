import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { runChild } from '../steps/run-child.mjs';

/** @param {string[]} args */
export async function run(args) {
  const built = await buildWhenStale();
  return built === 0 ? runChild(process.execPath, ['dist/cli/main.js', 'demo', ...args]) : built;
}
