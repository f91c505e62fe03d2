import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Gives a Vitest run a place for its JSON report, and counts what the report says.
 * @template Result
 * @param {(reporterArgs: readonly string[]) => Promise<Result>} runVitest
 * @param {(result: Result) => number} exitCodeOf
 * @returns {Promise<{ result: Result, counts: Counts }>}
 */
export async function countTests(runVitest, exitCodeOf) {
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-report-'));
  const file = join(directory, 'report.json');
  try {
    const result = await runVitest(['--reporter=json', `--outputFile.json=${file}`]);
    const report = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
    const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
    // A file that does not load and a teardown that fails are no test, but fail the run.
    const failed = numFailedTests === 0 && exitCodeOf(result) !== 0 ? 1 : numFailedTests;
    return { result, counts: { passed, failed, skipped: numPendingTests + numTodoTests } };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * @param {readonly Counts[]} counts
 * @returns {Counts}
 */
export function addCounts(counts) {
  /** @param {keyof Counts} key */
  const sum = (key) => counts.reduce((total, each) => total + each[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
