import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { runThroughFaults } from './run-through-faults.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    warm: { type: 'boolean', default: false },
  },
});

const run = beginTestRun();

const begun = performance.now();
const tell = (line: string) => {
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
try {
  await requireParts();
  const { figures, ok } = await runThroughFaults(run, { ...values, tell });
  process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}

/** Installs what is missing where that is possible. */
async function requireParts(): Promise<void> {
  const missing = await findMissingParts(tell);
  const reasons = (['redis', 'docker', 'oci'] as const).flatMap((part) => {
    const reason = missing.get(part);
    return reason === undefined ? [] : [`${part}: ${reason}`];
  });
  if (reasons.length > 0) throw new Error(reasons.join('\n'));
}

function table(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(16)}${value}`)
    .join('\n');
}
