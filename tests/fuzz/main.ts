import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { measureOneByOne } from './measure-one-by-one.ts';
import { reportFailures } from './report-failures.ts';
import { runFuzz } from './run-fuzz.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    requests: { type: 'string' },
    seed: { type: 'string' },
  },
});
const requests = Number(values.requests ?? (values.quick ? 1000 : 20_000));
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(requests) || requests < 1) throw new Error('--requests has to be a whole number from 1.');
if (!Number.isSafeInteger(seed)) throw new Error('--seed has to be a whole number.');

// Outlives the run: what is in it is to be looked at.
const failuresDirectory = join(tmpdir(), `exec-agent-fuzz-${seed}`);
const run = beginTestRun();

const begun = performance.now();
const tell = (line: string) => {
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
try {
  const missing = await findMissingParts(tell, ['redis']);
  for (const [part, reason] of missing) throw new Error(`${part}: ${reason}`);
  tell(`${requests} requests, --seed ${seed}`);
  const { figures, ok } = await runFuzz({
    requests,
    seed,
    directory: run.directory,
    tell,
    onFailures: (suspicions, trial) => reportFailures(suspicions, trial, { directory: failuresDirectory, tell }),
  });
  // A short run is for CI, whose hosts are never idle.
  const delays = values.quick ? null : await measureOneByOne({ directory: run.directory, tell });
  const all = { ...figures, loop_delay_one_input_ms: delays };
  process.stdout.write(`${JSON.stringify(all, undefined, values.json ? undefined : 2)}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}
