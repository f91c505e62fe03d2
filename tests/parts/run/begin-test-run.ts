import { removeRun } from './remove-run.ts';
import { createTestRun, runVariable, type TestRun } from './test-run.ts';

/** Makes this process a test run of its own. However it ends, nothing of it stays behind. */
export function beginTestRun(): TestRun {
  const run = createTestRun();
  process.env[runVariable] = run.directory;
  process.env.TMPDIR = run.temp;
  process.once('exit', () => removeRun(run));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  return run;
}
