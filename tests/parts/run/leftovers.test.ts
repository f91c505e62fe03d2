import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../processes/run-command.ts';
import { findLeftovers } from './leftovers.ts';
import { removeRun } from './remove-run.ts';
import { executionCgroups } from './run-traces.ts';
import { isAbandoned, runVariable, type TestRun } from './test-run.ts';

let run: TestRun;

beforeEach(async () => {
  const directory = join(tmpdir(), 'leftovers');
  run = { name: 'leftovers', directory, temp: join(directory, 'tmp'), cgroup: '/exec-agent-tests-leftovers' };
  await mkdir(run.temp, { recursive: true });
});

afterEach(() => rm(run.directory, { recursive: true, force: true }));

test('a run that left nothing has no leftovers', async () => {
  expect(await findLeftovers(run, executionCgroups(), 100)).toEqual([]);
});

test('a process and a directory that a test left are named, and go with the run', async () => {
  const child = spawn('sleep', ['1000'], { env: { ...process.env, [runVariable]: run.directory }, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  mkdirSync(join(run.temp, 'workspace'));
  expect(await findLeftovers(run, executionCgroups(), 100)).toEqual([
    `process ${child.pid}: sleep 1000`,
    join(run.temp, 'workspace'),
  ]);
  removeRun(run);
  expect(await ended).toBe('SIGTERM');
  expect(existsSync(run.directory)).toBe(false);
});

test('a daemon that hides its environment is known by the directory it works in', async () => {
  const child = spawn('sleep', ['1000'], { cwd: run.temp, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  expect(await findLeftovers(run, executionCgroups(), 100)).toEqual([`process ${child.pid}: sleep 1000`]);
  removeRun(run);
  await ended;
});

test.runIf(process.getuid?.() === 0)(
  'a mount that a test left is named, and goes with the run',
  async () => {
    const place = join(run.directory, 'a b');
    await mkdir(place);
    await runCommand('mount', '-t', 'tmpfs', 'none', place);
    expect(await findLeftovers(run, executionCgroups(), 100)).toEqual([`mount ${place}`]);
    removeRun(run);
    expect(existsSync(run.directory)).toBe(false);
  },
  20_000,
);

test.runIf(process.getuid?.() === 0)('a cgroup of a container is among the traces', async () => {
  const hierarchy = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(existsSync) ?? '';
  const cgroup = join(hierarchy, 'exec-agent/leftovers-test.container');
  await mkdir(cgroup, { recursive: true });
  expect(executionCgroups()).toContain(cgroup);
  await rmdir(cgroup);
});

test('a run is abandoned when its process is gone, though another has its number', () => {
  expect(isAbandoned(`exec-agent-tests-${process.pid}-1`)).toBe(true);
  expect(isAbandoned('exec-agent-tests-4194305-1')).toBe(true);
  expect(isAbandoned('somebody-elses-1-1')).toBe(false);
});
