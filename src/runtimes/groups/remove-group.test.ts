import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeGroup } from './remove-group.ts';

const group = '/parent/group';

// Directories in the place of the kernel's: they are made and removed alike.
describe('removeGroup', () => {
  let base = '';
  let mounts: readonly string[] = [];
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'groups-'));
    mounts = ['cpuset', 'memory', 'unified'].map((name) => join(base, name));
    for (const mount of mounts) await mkdir(join(mount, 'parent'), { recursive: true });
  });
  afterEach(() => rm(base, { recursive: true }));
  const layout = () => ({ kind: 'v1', controllers: new Map([['memory', join(base, 'memory')]]), mounts }) as const;

  test.each(['cpuset', 'memory', 'unified'])('removes a group that exists in %s only', async (name) => {
    await mkdir(join(base, name, group));
    await removeGroup(layout(), group);
    expect(existsSync(join(base, name, group))).toBe(false);
  });

  test('removes a group from the other hierarchies where it cannot be removed from one', async () => {
    for (const mount of mounts) await mkdir(join(mount, group));
    await writeFile(join(base, 'cpuset', group, 'file'), '');
    await expect(removeGroup(layout(), group)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    expect(mounts.map((mount) => existsSync(join(mount, group)))).toEqual([true, false, false]);
  });
});
