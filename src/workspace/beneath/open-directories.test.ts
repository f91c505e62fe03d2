import { mkdir, mkdtemp, readdir, readlink, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../tree/remove-tree.ts';
import { partsOf } from './file-name.ts';
import { createOpenDirectories, type OpenDirectories } from './open-directories.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'directories-'));
});
afterEach(() => removeTree(root));

/** Descriptors of this process that lead below the root. */
async function openBelow(): Promise<string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(root));
}

async function read(directories: OpenDirectories, path: string): Promise<string> {
  const opened = await directories.open(partsOf(path), 'file');
  if (opened.handle === undefined) return `${opened.found} at ${opened.at}`;
  return opened.handle.readFile('utf8').finally(() => opened.handle.close());
}

test('a directory is opened once for all its files, and closed in the end', async () => {
  await mkdir(join(root, 'a/b'), { recursive: true });
  for (const name of ['1', '2', '3']) await writeFile(join(root, 'a/b', name), name);
  const directories = createOpenDirectories(root);
  expect(await Promise.all(['1', '2', '3'].map((name) => read(directories, `a/b/${name}`)))).toEqual(['1', '2', '3']);
  expect((await openBelow()).sort()).toEqual([root, join(root, 'a'), join(root, 'a/b')]);
  await directories.close();
  expect(await openBelow()).toEqual([]);
});

test('of many directories only a few stay open, however many are worked in at once', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `${index}/x/file`);
  for (const name of names) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), name);
  }
  const directories = createOpenDirectories(root);
  expect(await Promise.all(names.map((name) => read(directories, name)))).toEqual(names);
  for (const name of names) await read(directories, name);
  expect((await openBelow()).length).toBeLessThanOrEqual(16);
  await directories.close();
  expect(await openBelow()).toEqual([]);
});

test('no link is followed, and what is in the way is named', async () => {
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a/file'), 'x');
  await symlink('/etc', join(root, 'a/link'));
  const directories = createOpenDirectories(root);
  expect(await read(directories, 'a/link/passwd')).toBe('symbolic link at a/link');
  expect(await read(directories, 'a/file/below')).toBe('nothing at a/file');
  expect(await read(directories, 'a/none/below')).toBe('nothing at a/none');
  expect(await read(directories, 'a')).toBe('directory at a');
  await directories.close();
});

test('what was not there is looked for again', async () => {
  const directories = createOpenDirectories(root);
  expect(await read(directories, 'late/file')).toBe('nothing at late');
  await mkdir(join(root, 'late'));
  await writeFile(join(root, 'late/file'), 'now');
  expect(await read(directories, 'late/file')).toBe('now');
  await directories.close();
});

test('a directory that gives way to a link meanwhile is still the directory', async () => {
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a/passwd'), 'mine');
  const directories = createOpenDirectories(root);
  expect(await read(directories, 'a/passwd')).toBe('mine');
  await rename(join(root, 'a'), join(root, 'moved'));
  await symlink('/etc', join(root, 'a'));
  expect(await read(directories, 'a/passwd')).toBe('mine');
  await directories.close();
});

test('missing directories are made when that is asked for, once for all who come at the same time', async () => {
  const directories = createOpenDirectories(root, { make: 'plain' });
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  const made = names.map((name) =>
    directories.within(
      partsOf('x/y'),
      async () => name,
      ({ found }) => found,
    ),
  );
  expect(await Promise.all(made)).toEqual(names);
  expect(await readdir(join(root, 'x'))).toEqual(['y']);
  await directories.close();
  expect(await openBelow()).toEqual([]);
});

test('work that fails fails alone', async () => {
  await mkdir(join(root, 'a'));
  const directories = createOpenDirectories(root);
  const failing = directories.within(
    partsOf('a'),
    () => Promise.reject(new Error('no')),
    () => undefined,
  );
  await expect(failing).rejects.toThrow('no');
  expect(
    await directories.within(
      partsOf('a'),
      async () => 'yes',
      () => 'no',
    ),
  ).toBe('yes');
  await directories.close();
  expect(await openBelow()).toEqual([]);
});

test('a name that is none leaves nothing open', async () => {
  for (const options of [{}, { make: 'plain' }, { make: 'writable' }] as const) {
    const directories = createOpenDirectories(root, options);
    const empty = Buffer.of();
    await expect(directories.open([empty, Buffer.from('etc'), Buffer.from('x')], 'file')).rejects.toThrow(
      '"" is not the name',
    );
    await directories.close();
    expect(await openBelow()).toEqual([]);
  }
});
