import { parseArgs } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { openFaultyCluster } from './cluster/open-faulty-cluster.ts';
import { openHost } from './open-host.ts';
import { runThroughFaults } from './run-through-faults.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    cold: { type: 'boolean', default: false },
    kubernetes: { type: 'boolean', default: false },
    /** Only faults whose name has the text. */
    only: { type: 'string', default: '' },
  },
});

const minuteMs = 60_000;
const sizes = {
  host: { full: { wanted: 1000, withinMs: 15 * minuteMs }, quick: { wanted: 60, withinMs: 4 * minuteMs } },
  cluster: { full: { wanted: 500, withinMs: 60 * minuteMs }, quick: { wanted: 60, withinMs: 15 * minuteMs } },
};
const parts = { host: ['redis', 'docker', 'oci'], cluster: ['redis', 'registry', 'oci'] } as const;

const run = beginTestRun();

const begun = performance.now();
const tell = (line: string) => {
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
try {
  const where = values.kubernetes ? 'cluster' : 'host';
  await requireParts(parts[where]);
  const open = { host: openHost, cluster: openFaultyCluster }[where];
  const world = await open(run, { ...values, onLine: tellTrouble, tell });
  const faults = world.faults.filter(({ name }) => name.includes(values.only));
  const size = sizes[where][values.quick ? 'quick' : 'full'];
  const { figures, ok } = await runThroughFaults({ ...world, faults }, { ...size, tell });
  process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}

/** Installs what is missing where that is possible. */
async function requireParts(needed: readonly ('redis' | 'docker' | 'oci' | 'registry')[]): Promise<void> {
  const missing = await findMissingParts(tell, needed);
  const reasons = needed.flatMap((part) => {
    const reason = missing.get(part);
    return reason === undefined ? [] : [`${part}: ${reason}`];
  });
  if (reasons.length > 0) throw new Error(reasons.join('\n'));
}

/** What an agent says that it should not have to. */
function tellTrouble(line: string): void {
  if (!line.startsWith('{')) tell(line);
  else if (/"level":(50|60)/.test(line)) tell(`agent: ${line}`);
}

function table({ faults, ...figures }: Awaited<ReturnType<typeof runThroughFaults>>['figures']): string {
  const counts = Object.entries(figures).map(([name, value]) => `${name.padEnd(16)}${value}`);
  const ofFaults = Object.entries(faults).map(
    ([name, { times, met }]) => `${name}: ${times} times, ${met} executions met`,
  );
  return [...counts, ...ofFaults].join('\n');
}
