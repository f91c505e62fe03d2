import { join } from 'node:path';
import type { TestProject, Vitest } from 'vitest/node';
import { buildWhenStale } from '../../scripts/steps/build-when-stale.mjs';
import { removeOtherImages } from './images/images.ts';
import { withFileLock } from './processes/file-lock.ts';
import type { TestPart } from './provided.ts';
import { findLeftovers, takeEngineLeftovers } from './run/leftovers.ts';
import { removeAbandonedRuns, removeRun } from './run/remove-run.ts';
import { executionCgroups } from './run/run-traces.ts';
import { createTestRun, runsDirectory, runVariable } from './run/test-run.ts';
import { type StartedParts, startParts } from './start-parts.ts';

/**
 * Makes the parts ready that `tests/` run against; what it returns ends them and fails when a test left something.
 * The first project does so for all of a run.
 */
export async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if ('redisUrl' in vitest.getProvidedContext()) return undefined;
  if ((await buildWhenStale()) !== 0) throw new Error('src/ does not compile, and the command lines run from dist/');
  await withFileLock(join(runsDirectory, `exec-agent-tests-of-${process.getuid?.()}.lock`), async () =>
    removeAbandonedRuns(),
  );
  const run = createTestRun();
  const cgroupsBefore = executionCgroups();
  const removeAtExit = () => removeRun(run);
  // For one who presses Ctrl-C: Vitest ends at once then.
  process.once('exit', removeAtExit);
  process.env[runVariable] = run.directory;
  process.env.TMPDIR = run.temp;
  // Fixed ports are for one agent on a machine; a test that wants HTTP asks for a port.
  process.env.PORT ??= 'off';
  const parts = await startParts(run, tell);
  try {
    reportMissing(parts.missing);
  } catch (error) {
    removeRun(run);
    throw error;
  }
  provide(vitest, parts);
  return async () => {
    const leftovers = [...(await endParts(parts)), ...(await findLeftovers(run, cgroupsBefore))];
    removeRun(run);
    process.off('exit', removeAtExit);
    if (leftovers.length === 0) return;
    // Vitest prints what a teardown throws and goes on to succeed.
    process.exitCode = 1;
    throw new Error(`The tests left behind:\n${leftovers.join('\n')}`);
  };
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function reportMissing(missing: ReadonlyMap<TestPart, string>): void {
  if (missing.size === 0) return;
  const list = [...missing].map(([part, reason]) => `${part}: ${reason}`).join('\n');
  const mustHaveAll = process.env.CI === 'true' || process.env.EXEC_TEST_REQUIRE === 'all';
  if (mustHaveAll)
    throw new Error(`CI=true or EXEC_TEST_REQUIRE=all asks for every part, and some are missing:\n${list}`);
  tell(`Suites that need one of these are skipped:\n${list}`);
}

function provide(vitest: Vitest, { engine, redis, s3Program, archives, missing }: StartedParts): void {
  const { host = '', tlsHost = '', certDir = '' } = engine ?? {};
  vitest.provide('docker', { host, tlsHost, certDir });
  vitest.provide('archives', { alpine: archives.alpine ?? '', python: archives.python ?? '' });
  vitest.provide('redisUrl', redis?.url ?? '');
  vitest.provide('s3Program', s3Program ?? { kind: 'seaweedfs', path: '' });
  vitest.provide('missingParts', Object.fromEntries(missing));
}

async function endParts({ engine, redis }: StartedParts): Promise<readonly string[]> {
  const leftovers = engine === undefined ? [] : await takeEngineLeftovers(engine.api);
  if (engine !== undefined) await removeOtherImages(engine.api);
  await Promise.all([engine?.stop(), redis?.stop()]);
  return leftovers;
}
