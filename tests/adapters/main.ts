import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { serveHostImage } from '../agent/serve-host-image.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { runAdapters } from './run-adapters.ts';

// Runs the examples for agent and workflow frameworks against an agent. Their packages come from the registries of PyPI and npm.

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

const run = beginTestRun();

const tell = (line: string) => process.stderr.write(`${line}\n`);

try {
  const missing = await findMissingParts(tell, ['redis', 'oci']);
  for (const [part, reason] of missing) throw new Error(`${part}: ${reason}`);
  const agent = await serveHostImage(run.directory);
  try {
    const env = { EXEC_URL: agent.url, PYTHON_IMAGE: 'host' };
    const { passed, problems } = await runAdapters({
      directory: join(run.directory, 'adapters'),
      env,
      tell,
      isQuick: values.quick,
    });
    for (const problem of problems) tell(problem);
    const figures = { passed: passed.length, failed: problems.length, adapters: passed };
    process.stdout.write(`${JSON.stringify(figures, undefined, values.json ? undefined : 2)}\n`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await agent.stop();
  }
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}
