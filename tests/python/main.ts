import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { serveHostImage } from '../agent/serve-host-image.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { installClient } from './python-environment.ts';
import { runExamples } from './run-examples.ts';

// Builds the Python client, installs it in a new environment, and runs its tests and examples against an agent.

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const directories = ['src', 'tests', 'examples'];

const run = beginTestRun();

const tell = (line: string) => process.stderr.write(`${line}\n`);

try {
  const missing = await findMissingParts(tell, ['redis', 'oci']);
  for (const [part, reason] of missing) throw new Error(`${part}: ${reason}`);
  const python = await installClient(join(run.directory, 'python'), tell);
  await python.run(['-m', 'mypy', 'src', 'examples']);
  await python.run(['-m', 'ruff', 'check', ...directories]);
  await python.run(['-m', 'ruff', 'format', '--check', ...directories]);

  tell('starting an agent');
  const agent = await serveHostImage(run.directory);
  try {
    const env = { EXEC_URL: agent.url, EXEC_TEST_IMAGE: 'host' };
    const report = join(run.directory, 'report.xml');
    const output = await python
      .run(['-m', 'pytest', '-p', 'no:cacheprovider', '--junitxml', report], env)
      .catch(messageOf);
    const { tests, failed, skipped } = readReport(await readFile(report, 'utf8').catch(() => ''));
    const directory = join(run.directory, 'examples');
    await mkdir(directory);
    const examples = await runExamples(python, { directory, env });
    if (failed > 0 || tests === 0) tell(output);
    for (const problem of examples.problems) tell(problem);
    const figures = {
      passed: tests - failed - skipped,
      failed: failed + examples.problems.length,
      skipped,
      examples: examples.passed,
    };
    process.stdout.write(`${JSON.stringify(figures, undefined, values.json ? undefined : 2)}\n`);
    process.exitCode = figures.failed === 0 && figures.passed > 0 ? 0 : 1;
  } finally {
    await agent.stop();
  }
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}

/** The counts in a report of pytest; all 0 if there is none. */
function readReport(xml: string): { readonly tests: number; readonly failed: number; readonly skipped: number } {
  const count = (name: string) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  return { tests: count('tests'), failed: count('failures') + count('errors'), skipped: count('skipped') };
}
