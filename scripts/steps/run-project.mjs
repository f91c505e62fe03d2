import { buildWhenStale } from './build-when-stale.mjs';
import { countsLine, countTests } from './count-tests.mjs';
import { binary, runChild } from './run-child.mjs';

/**
 * Runs the tests of a project of `vitest.config.ts`, and returns their counts and the exit code. Tests that failed, or passed only
 * when they were tried again, are named at the end of stderr.
 * @param {string} project
 * @param {{ args?: readonly string[], env?: NodeJS.ProcessEnv, asJson: boolean }} options `asJson`: nothing is printed on stdout
 */
export async function runProject(project, { args = [], env = process.env, asJson }) {
  /** @param {readonly string[]} reporters */
  const runVitest = (reporters) =>
    runChild(binary('vitest'), ['run', '--project', project, ...args, '--reporter=default', ...reporters], {
      env,
      stdio: ['inherit', asJson ? 2 : 1, 2],
    });
  const built = await buildWhenStale();
  const tests = built === 0 ? runVitest : async () => built;
  const { result, counts, complaints } = await countTests(tests, (exitCode) => exitCode);
  for (const complaint of complaints) console.error(complaint);
  return { counts, exitCode: result === 0 && counts.failed === 0 ? 0 : 1 };
}

/**
 * The same as a task of its own: the counts are printed as a line, with `--json` as one object and nothing else on stdout.
 * @param {string} project
 * @param {string[]} args
 */
export async function runProjectTask(project, args) {
  const asJson = args.includes('--json');
  const rest = args.filter((arg) => arg !== '--json');
  const { counts, exitCode } = await runProject(project, { args: rest, asJson });
  console.log(asJson ? JSON.stringify(counts) : countsLine(counts));
  return exitCode;
}
