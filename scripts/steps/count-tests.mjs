import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ fullName: string, status: string, failureMessages: string[] }} TestEntry */
/** @typedef {{ name: string, message: string, assertionResults: TestEntry[] }} FileEntry */

const appendResults = fileURLToPath(new URL('append-results.mjs', import.meta.url));

// Enough to tell what was expected and where; the whole text is in the log of the run.
const shownLines = 12;

/** @param {Counts} counts */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Gives a Vitest run a place for its JSON report, and counts what the report says, or, when the run was interrupted, the
 * tests that had ended. `complaints` has an entry for each test that failed, or that passed only when it was tried again.
 * @template Result
 * @param {(reporterArgs: readonly string[]) => Promise<Result>} runVitest
 * @param {(result: Result) => number} exitCodeOf
 * @returns {Promise<{ result: Result, counts: Counts, complaints: string[] }>}
 */
export async function countTests(runVitest, exitCodeOf) {
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-report-'));
  const file = join(directory, 'report.json');
  const states = join(directory, 'states.txt');
  try {
    const result = await runVitest([
      '--reporter=json',
      `--outputFile.json=${file}`,
      `--reporter=${appendResults}`,
      `--outputFile.states=${states}`,
    ]);
    const report = (await readReport(file)) ?? (await countEnded(states));
    const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
    // A file that does not load and a teardown that fails are no test, but fail the run.
    const failed = numFailedTests === 0 && exitCodeOf(result) !== 0 ? 1 : numFailedTests;
    const complaints = listComplaints(report.testResults ?? []);
    if (failed > 0 && numFailedTests === 0) complaints.push('The run failed, but no test did: see its log.');
    return { result, counts: { passed, failed, skipped: numPendingTests + numTodoTests }, complaints };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Returns undefined when there is none, or a part of one.
 * @param {string} file
 */
async function readReport(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} file */
async function countEnded(file) {
  const states = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  /** @param {string} state */
  const count = (state) => states.filter((each) => each === state).length;
  return { numPassedTests: count('passed'), numFailedTests: count('failed'), numPendingTests: count('skipped') };
}

/** @param {readonly FileEntry[]} files */
function listComplaints(files) {
  return files.flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [describe('FAILED', name, [message])]),
    ...assertionResults
      .filter(({ failureMessages }) => failureMessages.length > 0)
      .map(({ fullName, status, failureMessages }) =>
        describe(status === 'failed' ? 'FAILED' : 'PASSED ON A LATER TRY', `${name}: ${fullName}`, failureMessages),
      ),
  ]);
}

/**
 * @param {string} what
 * @param {string} name
 * @param {readonly string[]} messages one for each try that failed
 */
function describe(what, name, messages) {
  const lines = messages.flatMap((message) => message.split('\n').slice(0, shownLines));
  return [`${what} ${name}`, ...lines.map((line) => `    ${line}`)].join('\n');
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
