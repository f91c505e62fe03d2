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
  const projects = isPart ? [] : ['--project', 'real*'];
  /** @type {string[]} */
  const said = [];
  // The tests with real parts wait more than they compute, so the check takes its turn beside them.
  const [checked, { result: code, counts }] = await Promise.all([
    isPart
      ? { passed: 0, failed: built === 0 ? 0 : 1, skipped: 0 }
      : checkAll({ lanes: 1, tell: (line) => said.push(line) }),
    countTests(
      (reporters) => runChild(binary('vitest'), ['run', ...projects, ...args, '--reporter=default', ...reporters]),
      (exitCode) => exitCode,
    ),
  ]);
  // Not before: Vitest draws on the terminal while it runs.
  for (const line of said) console.log(line);
  const { passed, failed, skipped } = addCounts([checked, counts]);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return code === 0 && failed === 0 ? 0 : 1;
}
