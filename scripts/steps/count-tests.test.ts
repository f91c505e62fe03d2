import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import AppendResults from './append-results.mjs';
import { addCounts, countTests } from './count-tests.mjs';

function runReporting(report: object | undefined, exitCode: number) {
  const runVitest = async (args: readonly string[]) => {
    const file = args.find((arg) => arg.startsWith('--outputFile.json='))?.split('=')[1] ?? '';
    if (report !== undefined) await writeFile(file, JSON.stringify(report));
    return exitCode;
  };
  return countTests(runVitest, (code) => code);
}

test('passed, failed and skipped tests are counted as the report has them', async () => {
  const report = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 };
  expect(await runReporting(report, 1)).toMatchObject({ result: 1, counts: { passed: 5, failed: 2, skipped: 4 } });
});

test('a run that fails without a failed test counts as one failure', async () => {
  const { counts } = await runReporting({ numPassedTests: 5, numFailedTests: 0 }, 1);
  expect(counts).toEqual({ passed: 5, failed: 1, skipped: 0 });
});

test('a run that ends without a report is a failure', async () => {
  const { counts } = await runReporting(undefined, 134);
  expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('a run that is interrupted: the tests that had ended are counted, and one failure', async () => {
  const parts = ['', '{"numPassedTests": 5, "numFai'];
  for (const part of parts) {
    const { counts } = await countTests(
      async (args) => {
        const placeOf = (name: string) =>
          args.find((arg) => arg.startsWith(`--outputFile.${name}=`))?.split('=')[1] ?? '';
        const outputFile = { states: placeOf('states') };
        const reporter = new AppendResults();
        reporter.onInit({ config: { outputFile } });
        for (const state of ['passed', 'passed', 'skipped']) reporter.onTestCaseResult({ result: () => ({ state }) });
        if (part !== '') await writeFile(placeOf('json'), part);
        return 143;
      },
      (code) => code,
    );
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1 });
  }
});

test('tests that failed, and tests that passed on a later try, are named with their errors', async () => {
  const assertionResults = [
    { fullName: 'a', status: 'passed', failureMessages: [] },
    { fullName: 'b', status: 'passed', failureMessages: ['was late\nat line 3'] },
    { fullName: 'c', status: 'failed', failureMessages: ['is wrong'] },
  ];
  const report = { numFailedTests: 1, testResults: [{ name: 'x.test.ts', message: '', assertionResults }] };
  const { complaints } = await runReporting(report, 1);
  expect(complaints).toEqual([
    'PASSED ON A LATER TRY x.test.ts: b\n    was late\n    at line 3',
    'FAILED x.test.ts: c\n    is wrong',
  ]);
});

test('counts are added', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(addCounts([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
});
