import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { makeAlpineArchive } from '../parts/images/images.ts';
import { becomesTrue } from '../parts/poll.ts';
import { findLeftovers } from '../parts/run/leftovers.ts';
import { removeAbandonedRuns, removeRun } from '../parts/run/remove-run.ts';
import { executionCgroups } from '../parts/run/run-traces.ts';
import { createTestRun, isAlone, runVariable, type TestRun } from '../parts/run/test-run.ts';
import { cacheDirectory } from '../parts/start-parts.ts';
import { agentImage } from './agent-image.ts';
import { buildPrograms } from './cluster/build-programs.ts';
import { startCluster } from './cluster/start-cluster.ts';
import { figuresVariable } from './figures.ts';
import { findHostTraces } from './host-traces.ts';
import { makeKeepArchive } from './make-keep-archive.ts';
import { keepImage } from './proofs/proof-pod.ts';

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
  const programs = await buildPrograms(tell);
  const run = createTestRun();
  process.env[runVariable] = run.directory;
  process.env.TMPDIR = run.temp;
  const removeAtExit = () => removeRun(run);
  // For one who presses Ctrl-C: Vitest ends at once then.
  process.once('exit', removeAtExit);
  const keep = join(run.directory, 'keep.tar');
  await makeKeepArchive(keep, keepImage, join(import.meta.dirname, 'proofs/play-keep.ts'));
  const agent = join(run.directory, 'agent.tar');
  await makeKeepArchive(agent, agentImage, join(import.meta.dirname, 'keep-entry.ts'));
  const images = [await makeAlpineArchive(cacheDirectory(), tell), keep, agent];
  const directory = join(run.directory, 'cluster');
  const begun = performance.now();
  const cluster = await startCluster({ directory, programs, cgroup: run.cgroup, images });
  tell(`The cluster is ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  project.provide('clusterDirectory', directory);
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

/** Those that no other run can have made. */
async function findNewTraces(run: TestRun, before: readonly string[]): Promise<readonly string[]> {
  const isNew = (trace: string) => !before.includes(trace);
  await becomesTrue(async () => !(await findHostTraces()).some(isNew), settleMs);
  return isAlone(run) ? (await findHostTraces()).filter(isNew) : [];
}

/** The kernel takes an interface away a while after its namespace. */
const settleMs = 5_000;
