import { appendFile } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { findLeftovers } from '../parts/run/leftovers.ts';
import { removeAbandonedRuns, removeRun } from '../parts/run/remove-run.ts';
import { executionCgroups } from '../parts/run/run-traces.ts';
import { createTestRun, runVariable } from '../parts/run/test-run.ts';
import { figuresVariable } from './figures.ts';
import { findHostTraces, findNewTraces } from './host-traces.ts';
import { startTestCluster } from './start-test-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** For `openCluster`. */
    clusterDirectory: string;
  }
}

const tell = (line: string) => process.stderr.write(`${line}\n`);

/** Brings a cluster up for all test files; what it returns ends it and fails when something is left on the host. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeAbandonedRuns();
  const tracesBefore = await findHostTraces();
  const cgroupsBefore = executionCgroups();
  const run = createTestRun();
  process.env[runVariable] = run.directory;
  process.env.TMPDIR = run.temp;
  const removeAtExit = () => removeRun(run);
  // For one who presses Ctrl-C: Vitest ends at once then.
  process.once('exit', removeAtExit);
  const cluster = await startTestCluster(run, tell);
  project.provide('clusterDirectory', cluster.directory);
  return async () => {
    await cluster.stop();
    const leftovers = [...(await findLeftovers(run, cgroupsBefore)), ...(await findNewTraces(run, tracesBefore))];
    removeRun(run);
    process.off('exit', removeAtExit);
    const figures = process.env[figuresVariable];
    if (figures !== undefined) await appendFile(figures, `${JSON.stringify({ leftovers: leftovers.length })}\n`);
    if (leftovers.length === 0) return;
    // Vitest prints what a teardown throws and goes on to succeed.
    process.exitCode = 1;
    throw new Error(`The tests left behind:\n${leftovers.join('\n')}`);
  };
}
