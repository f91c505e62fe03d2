import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { standardConfinement } from '../../wire/plan/plan.ts';
import { createWorkspace } from '../../workspace/create-workspace.ts';
import { architectureOfNode } from '../freestanding/read-program.ts';
import { launchMark, wasLaunched } from './launch-mark.ts';
import { createWaiterPipe } from './waiter-pipe.ts';
import { layOutWaiter, openWaiterPipe } from './waiter-place.ts';
import { warmRecipeOf } from './warm-recipe.ts';

const MiB = 1024 ** 2;
const patienceMs = 30_000;
const never = new AbortController().signal;

let baseDir = '';
beforeEach(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'launch-mark-'));
});
afterEach(() => rm(baseDir, { recursive: true }));

test('launch mark: tells whether the waiter has begun, and its room on the disk is taken before', async () => {
  const volumes = [{ path: '/out', access: 'read-write' }] as const;
  const workspace = await createWorkspace({ baseDir, executionId: '00000000-0000-4000-8000-000000000001', volumes });
  const resources = { cpus: 1, memoryBytes: 64 * MiB, pids: 16, scratchBytes: MiB };
  const recipe = warmRecipeOf(
    { deployment: 'test', volumes, scratch: [], resources, confinement: standardConfinement },
    {
      step: { image: { reference: 'a', pull: 'missing' }, env: {}, readOnlyRoot: false, ignoreError: false },
      image: { reference: 'a', digest: 'sha256:1', id: 'sha256:1' },
    },
  );
  if (recipe === undefined) throw new Error('it should be possible');
  const place = await layOutWaiter(workspace, recipe, architectureOfNode[process.arch] ?? '');
  const size = async () => (await stat(launchMark(workspace.control))).size;
  expect(await size()).toBe(1);

  const inside = ['start', 'commands', 'mark'].map((name) => join(place.outside, name));
  const [program = '', ...args] = inside;
  const waiter = spawn(program, args, { stdio: 'ignore' });
  const ended = once(waiter, 'exit');
  try {
    const pipe = createWaiterPipe(await openWaiterPipe(place, patienceMs, never));
    expect(await pipe.tell({ args: ['/bin/sh', '-c', 'exit 7'], env: {} })).toBe(true);
    expect(await wasLaunched(workspace.control)).toBe(false);
    expect(await pipe.launch()).toBe(true);
    expect(await ended).toEqual([7, null]);
    expect(await wasLaunched(workspace.control)).toBe(true);
    expect(await size()).toBe(1);
  } finally {
    waiter.kill('SIGKILL');
  }
  await rm(launchMark(workspace.control));
  expect(await wasLaunched(workspace.control)).toBe(false);
});
