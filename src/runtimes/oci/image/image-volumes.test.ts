import { mkdir, mkdtemp, readdir, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import { imageConfigSchema } from './image-config.ts';
import { makeVolumeDirectories, volumeMounts } from './image-volumes.ts';

let rootfs = '';
beforeEach(async () => {
  rootfs = await mkdtemp(join(tmpdir(), 'image-volumes-'));
});
afterEach(() => removeTree(rootfs));

const configOf = (...paths: string[]) =>
  imageConfigSchema.parse({ config: { Volumes: Object.fromEntries(paths.map((path) => [path, {}])) } });

test('makeVolumeDirectories: makes what is missing, and nothing outside of the root', async () => {
  await makeVolumeDirectories(rootfs, configOf('/a/b', 'c/', '/../../d', '/', '//e//./f'));
  for (const path of ['a/b', 'c', 'd', 'e/f']) expect((await stat(join(rootfs, path))).isDirectory()).toBe(true);
});

test('makeVolumeDirectories: follows no link of the image', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'outside-'));
  try {
    await symlink(outside, join(rootfs, 'link'));
    await makeVolumeDirectories(rootfs, configOf('/link/made'));
    expect(await readdir(outside)).toEqual([]);
  } finally {
    await removeTree(outside);
  }
});

test.each([
  ['too many', Array.from({ length: 65 }, (_, index) => `/${index}`)],
  ['a long name', [`/${'x'.repeat(256)}`]],
  ['a long path', ['/x'.repeat(3000)]],
  ['a NUL', ['/a\0b']],
])('makeVolumeDirectories: %s is refused before anything is made', async (_, paths) => {
  await expect(makeVolumeDirectories(rootfs, configOf(...paths))).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' });
  expect(await readdir(rootfs)).toEqual([]);
});

test('volumeMounts: a writable place only where the root is read-only and nothing else is mounted', async () => {
  await mkdir(join(rootfs, 'data'), { mode: 0o750 });
  const common = {
    rootfs,
    config: configOf('/data', '/tmp/x', '/proc', '/missing'),
    mounted: ['/tmp', '/proc'],
    bytes: 5,
  };
  expect(await volumeMounts({ ...common, readOnlyRoot: false })).toEqual([]);
  const mounts = await volumeMounts({ ...common, readOnlyRoot: true });
  expect(mounts).toMatchObject([{ destination: '/data', type: 'tmpfs' }]);
  expect(mounts[0]?.options).toEqual(expect.arrayContaining(['mode=750', 'size=5', 'tmpcopyup']));
});
