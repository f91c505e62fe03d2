import { appendFile } from 'node:fs/promises';

/** Names the file that figures are added to, for `npm run test:kubernetes -- --json`. */
export const figuresVariable = 'EXEC_TEST_FIGURES';

/** Of one test, added to those of all others. */
export interface Figures {
  /** Executions without a response. */
  readonly lost?: number;
  /** Commands that ran twice. */
  readonly double_runs?: number;
  readonly leftovers?: number;
}

export async function addFigures(figures: Figures): Promise<void> {
  const file = process.env[figuresVariable];
  if (file !== undefined) await appendFile(file, `${JSON.stringify(figures)}\n`);
}
