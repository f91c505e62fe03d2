import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseEngineRoot, makeEngineRoot } from './engine-root.ts';

describe('engine root', () => {
  let memory: string;
  let base: string;
  beforeEach(async () => {
    memory = await mkdtemp('/dev/shm/engine-root-');
    base = await mkdtemp(join(tmpdir(), 'engine-root-'));
  });
  afterEach(() => Promise.all([memory, base].map((directory) => rm(directory, { recursive: true }))));
  const disk = () => join(base, 'engine');

  test('engine root: is in memory, also in a directory that is yet to be made', async () => {
    expect(await chooseEngineRoot({ memory, disk: disk() })).toEqual([join(memory, '.engine'), disk()]);
    const later = join(memory, 'later');
    const [chosen] = await chooseEngineRoot({ memory: later, disk: disk() });
    expect(chosen).toBe(join(later, '.engine'));
    await makeEngineRoot(chosen, { memory: later });
    expect((await stat(chosen)).mode & 0o777).toBe(0o700);
  });

  test('engine root: is on disk if the directory for secrets is not in memory', async () => {
    const [chosen] = await chooseEngineRoot({ memory: join('/proc', 'nothing', 'here'), disk: disk() });
    expect(chosen).toBe(disk());
    await makeEngineRoot(chosen, { memory: '/proc/nothing/here' });
    expect((await stat(chosen)).isDirectory()).toBe(true);
  });

  test('engine root: is on disk if other users can change the directory for secrets', async () => {
    const shared = join(memory, 'shared');
    await mkdir(shared);
    await chmod(shared, 0o777);
    expect(await chooseEngineRoot({ memory: shared, disk: disk() })).toEqual([disk()]);
  });

  test('engine root: what was begun in memory is still found there when there is no more room', async () => {
    const secretsDir = join(base, 'on-disk');
    const roots = await chooseEngineRoot({ memory: secretsDir, disk: disk() });
    expect(roots[0]).toBe(disk());
    expect(roots.map((root) => join(root, 'id'))).toContain(join(secretsDir, '.engine', 'id'));
  });
});
