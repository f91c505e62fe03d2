import { countsLine } from '../steps/count-tests.mjs';
import { runProject } from '../steps/run-project.mjs';

/**
 * The tests of what is shipped: the package, the compose file, the examples, and the commands that the documents show. With
 * `--json` the counts are printed as one object, and nothing else is on stdout.
 * @param {string[]} args
 */
export async function run(args) {
  const asJson = args.includes('--json');
  const rest = args.filter((arg) => arg !== '--json');
  const { counts, exitCode } = await runProject('ship', { args: rest, asJson });
  console.log(asJson ? JSON.stringify(counts) : countsLine(counts));
  return exitCode;
}
