import { buildWhenStale } from './build-when-stale.mjs';
import { checkAll } from './check.mjs';
import { addCounts, countTests } from './count-tests.mjs';
import { binary, runChild } from './run-child.mjs';

/**
 * Everything; with the name of a test file or a part of it, those tests alone.
 * @param {string[]} args
 */
export async function run(args) {
  const isPart = args.some((arg) => !arg.startsWith('-'));
  const built = await buildWhenStale();
  const checked = isPart ? { passed: 0, failed: built === 0 ? 0 : 1, skipped: 0 } : await checkAll();
  const projects = isPart ? [] : ['--project', 'real*'];
  const { result: code, counts } = await countTests(
    (reporters) => runChild(binary('vitest'), ['run', ...projects, ...args, '--reporter=default', ...reporters]),
    (exitCode) => exitCode,
  );
  const { passed, failed, skipped } = addCounts([checked, counts]);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return code === 0 && failed === 0 ? 0 : 1;
}
