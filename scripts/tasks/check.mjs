import { findDriverNames } from '../driver-names.mjs';
import { findGatewayWords } from '../gateway-words.mjs';
import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { addCounts, countTests } from '../steps/count-tests.mjs';
import { binary, runQuietly, tsc } from '../steps/run-child.mjs';
import { findRejectedWords } from '../wording.mjs';

/** @typedef {import('../steps/count-tests.mjs').Counts} Counts */
/** @typedef {{ code: number, output: string, counts?: Counts, complaints?: string[] }} Outcome */

/** @type {readonly { name: string, run: (lanes: number) => Promise<Outcome> }[]} */
const parts = [
  { name: 'unit tests', run: runUnitTests },
  { name: 'types', run: () => runQuietly(tsc, ['-p', '.']) },
  { name: 'types of the dashboard', run: () => runQuietly(tsc, ['-p', 'ui']) },
  { name: 'format and lint', run: () => runQuietly(binary('biome'), ['check', '--error-on-warnings', '.']) },
  {
    name: 'import direction',
    run: () => runQuietly(binary('depcruise'), ['--config', '.dependency-cruiser.mjs', ...folders]),
  },
  { name: 'dead code', run: () => runQuietly(binary('knip'), []) },
  { name: 'generated files', run: () => runQuietly(binary('tsx'), ['scripts/generate.ts', '--check']) },
  { name: 'wording', run: () => listFindings(findRejectedWords()) },
  { name: 'driver names', run: () => listFindings(findDriverNames()) },
  { name: 'gateway words', run: () => listFindings(findGatewayWords()) },
  { name: 'package', run: lintPackage },
];

const folders = ['src', 'tests', 'bench', 'scripts'];

// Each lane keeps one core busy.
const allLanes = 2;

/** @returns {Promise<number>} */
export async function run() {
  const { counts } = await checkAll();
  return counts.failed === 0 ? 0 : 1;
}

/**
 * Runs every part, tells a line for each as it ends, and what the failing ones said.
 * @param {{ lanes?: number, tell?: (line: string) => void }} [options] how many run at once, and what prints the progress
 * @returns {Promise<{ counts: Counts, complaints: string[] }>} of the unit tests; another part that fails counts as
 * one failure
 */
export async function checkAll({ lanes = allLanes, tell = console.log } = {}) {
  const waiting = [...parts];
  /** @type {Counts[]} */
  const counts = [];
  /** @type {string[]} */
  const complaints = [];
  const work = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const start = performance.now();
      const outcome = await part.run(lanes);
      tell(report(part.name, outcome, performance.now() - start));
      counts.push(outcome.counts ?? { passed: 0, failed: outcome.code === 0 ? 0 : 1, skipped: 0 });
      if (outcome.code !== 0 && outcome.counts === undefined) complaints.push(`FAILED ${part.name}\n${outcome.output}`);
      complaints.push(...(outcome.complaints ?? []));
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  return { counts: addCounts(counts), complaints };
}

/**
 * @param {string} name
 * @param {Outcome} outcome
 * @param {number} milliseconds
 */
function report(name, { code, output, counts }, milliseconds) {
  const what = counts === undefined ? name : `${name} (${counts.passed} passed)`;
  const seconds = (milliseconds / 1000).toFixed(1).padStart(5);
  const line = `${code === 0 ? 'ok    ' : 'FAILED'} ${what.padEnd(32)} ${seconds} s`;
  return code === 0 ? line : `${line}\n\n${output.trimEnd()}\n`;
}

/**
 * @param {number} lanes
 * @returns {Promise<Outcome>}
 */
async function runUnitTests(lanes) {
  const how = ['run', '--project', 'unit', `--maxWorkers=${lanes}`, '--reporter=dot'];
  const { result, counts, complaints } = await countTests(
    (reporters) => runQuietly(binary('vitest'), [...how, ...reporters]),
    ({ code }) => code,
  );
  return { ...result, counts, complaints };
}

/**
 * @param {string[]} found
 * @returns {Promise<Outcome>}
 */
async function listFindings(found) {
  return { code: found.length === 0 ? 0 : 1, output: found.join('\n') };
}

/** @returns {Promise<Outcome>} */
async function lintPackage() {
  const code = await buildWhenStale();
  return code === 0 ? runQuietly(binary('publint'), ['--strict']) : { code, output: 'dist/ could not be built' };
}
