import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findParentGroup, type ParentGroup } from './find-parent-group.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parent-group-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Of a process that was started with what an engine would be started with. */
async function parentOf(
  args: readonly string[],
  settings?: string,
  driver: 'cgroupfs' | 'systemd' = 'cgroupfs',
): Promise<ParentGroup | undefined> {
  const file = join(directory, 'daemon.json');
  if (settings === undefined) await rm(file, { force: true });
  else await writeFile(file, settings);
  // Asked once it has written: before that it may still be this program.
  const engine = spawn('sh', ['-c', 'echo; read never', 'dockerd', `--config-file=${file}`, ...args]);
  const ended = once(engine, 'exit');
  try {
    await once(engine.stdout, 'data');
    return await findParentGroup(engine.pid ?? 0, driver);
  } finally {
    engine.kill();
    await ended;
  }
}

test('parent group: an engine without a setting has its own', async () => {
  expect(await parentOf([])).toEqual({ path: '/docker' });
  expect(await parentOf([], '{"live-restore": true}')).toEqual({ path: '/docker' });
});

test('another one is named on the command line or in the settings', async () => {
  expect(await parentOf(['--cgroup-parent', '/a'])).toEqual({ path: '/a' });
  expect(await parentOf(['--debug', '--cgroup-parent=/a/b-c'])).toEqual({ path: '/a/b-c' });
  expect(await parentOf([], '{"cgroup-parent": "/limited"}')).toEqual({ path: '/limited' });
});

test('where systemd makes the groups they are slices, which are called after what they are in', async () => {
  expect(await parentOf([], undefined, 'systemd')).toEqual({ path: '/system.slice', slice: 'system.slice' });
  const found = await parentOf(['--cgroup-parent', 'a-b-c.slice'], undefined, 'systemd');
  expect(found).toEqual({ path: '/a.slice/a-b.slice/a-b-c.slice', slice: 'a-b-c.slice' });
  for (const parent of ['/docker', '-.slice', 'a--b.slice', '../a.slice'])
    expect(await parentOf([`--cgroup-parent=${parent}`], undefined, 'systemd')).toBeUndefined();
});

test.each([
  ['a group of systemd', ['--cgroup-parent=limited.slice'], undefined],
  ['a group that is found from where the engine stands', ['--cgroup-parent', 'limited'], undefined],
  ['the root', ['--cgroup-parent=/'], undefined],
  ['a way out', ['--cgroup-parent=/../a'], undefined],
  ['settings that no engine can have started with', [], '{'],
])('%s is not looked into', async (_what, args, settings) => {
  expect(await parentOf(args, settings)).toBeUndefined();
});
