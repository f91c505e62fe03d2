import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Swept } from '../../runtimes/runtime.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { noteLocalRun, sweepLocalRuns } from './local-runs.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-runs-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const notes = () => readdir(join(dataDir, 'runs'));

/** A runtime in which something of the run appears as late as that, in milliseconds of the clock. */
function createRuntime(appearsAt: number, clock: { now(): number }) {
  let isThere = true;
  return {
    name: 'scripted',
    sweep: async (): Promise<Swept[]> => {
      if (!isThere || clock.now() < appearsAt) return [];
      isThere = false;
      return [{ executionId: 'e', what: 'container' }];
    },
    isEmpty: () => !isThere,
  };
}

/** As a run leaves it that was killed: no process has that number. */
async function noteOfDead(deployment: string): Promise<void> {
  await noteLocalRun(dataDir, deployment, 'scripted');
  const path = join(dataDir, 'runs', deployment);
  const note = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...note, agent: `${hostname()}/999999999/1/abc` }));
}

test('local runs: a container that the engine makes after its run was killed and swept is removed by a later sweep', async () => {
  const clock = { now: () => now };
  let now = 1000;
  const runtime = createRuntime(5000, clock);
  await noteOfDead('one');
  await sweepLocalRuns(dataDir, runtime, createSilentLogger(), clock);
  expect(runtime.isEmpty()).toBe(false);
  now = 6000;
  await sweepLocalRuns(dataDir, runtime, createSilentLogger(), clock);
  expect(runtime.isEmpty()).toBe(true);
  now += 3_600_000;
  await sweepLocalRuns(dataDir, runtime, createSilentLogger(), clock);
  expect(await notes()).toEqual([]);
});

test('local runs: what a run left that still lives is not touched', async () => {
  const clock = { now: () => 1000 };
  const runtime = createRuntime(0, clock);
  const remove = await noteLocalRun(dataDir, 'alive', 'scripted');
  await sweepLocalRuns(dataDir, runtime, createSilentLogger(), clock);
  expect(runtime.isEmpty()).toBe(false);
  await remove();
  expect(await notes()).toEqual([]);
});
