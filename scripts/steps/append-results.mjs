import { appendFileSync } from 'node:fs';

/**
 * A Vitest reporter that appends the state of each test, as it ends, to `--outputFile.states`: a run that is interrupted
 * writes no report.
 */
export default class AppendResults {
  #file = '';

  /** @param {{ config: { outputFile?: string | Readonly<Partial<Record<string, string>>> } }} vitest */
  onInit({ config: { outputFile } }) {
    this.#file = typeof outputFile === 'object' ? (outputFile.states ?? '') : '';
  }

  /** @param {{ result: () => { state: string } }} testCase */
  onTestCaseResult(testCase) {
    if (this.#file !== '') appendFileSync(this.#file, `${testCase.result().state}\n`);
  }
}
