import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { loopWorkBoundMs } from './loop-bound.ts';
import { reportFailures } from './report-failures.ts';
import { runFuzz } from './run-fuzz.ts';
import { type Held, measureOneByOne } from './worst/measure-one-by-one.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    worst: { type: 'boolean', default: false },
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
  const fuzzed = values.worst ? undefined : await fuzz();
  const worst = values.quick ? undefined : await measureOneByOne({ directory: run.directory, tell });
  const all = {
    ...fuzzed?.figures,
    loop_delay_one_input_ms: figureOf(worst, ({ stoodStill }) => stoodStill),
    loop_work_one_input_ms: figureOf(worst, ({ worked }) => worked),
  };
  process.stdout.write(`${JSON.stringify(all, undefined, values.json ? undefined : 2)}\n`);
  const slow = Object.entries(worst ?? {}).filter(([, { worked }]) => worked > loopWorkBoundMs);
  for (const [name, { worked }] of slow) tell(`${name} holds the event loop for ${worked} ms of processor time`);
  process.exitCode = fuzzed?.ok === false || slow.length > 0 ? 1 : 0;
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}

function fuzz() {
  tell(`${requests} requests, --seed ${seed}`);
  return runFuzz({
    requests,
    seed,
    directory: run.directory,
    tell,
    onFailures: (suspicions, trial) => reportFailures(suspicions, trial, { directory: failuresDirectory, tell }),
  });
}

/** By input; null: it was not measured. */
function figureOf(worst: Readonly<Record<string, Held>> | undefined, figure: (held: Held) => number) {
  if (worst === undefined) return null;
  return Object.fromEntries(Object.entries(worst).map(([name, held]) => [name, figure(held)]));
}
