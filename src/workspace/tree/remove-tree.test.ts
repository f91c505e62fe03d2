import { chmod, mkdir, mkdtemp, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMountsBelow, mountPointsOf } from './find-mounts.ts';
import { removeTree } from './remove-tree.ts';

let root = '';
let tree = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'remove-tree-'));
  tree = join(root, 'tree');
  await mkdir(tree);
});
afterEach(() => removeTree(root));

test('a tree goes with everything in it, and again is no error', async () => {
  await mkdir(join(tree, 'a/b'), { recursive: true });
  await writeFile(join(tree, 'a/b/c'), '');
  await mkdir(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff])]));
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0x2f, 0xfe])]), '');
  await removeTree(tree);
  expect(await readdir(root)).toEqual([]);
  await removeTree(tree);
  await removeTree(join(root, 'never/was'));
});

test('links go, what they point to stays', async () => {
  await mkdir(join(root, 'canary'));
  await writeFile(join(root, 'canary/file'), 'untouched');
  await symlink(join(root, 'canary'), join(tree, 'link'));
  await symlink(join(root, 'canary'), join(root, 'link'));
  await removeTree(tree);
  await removeTree(join(root, 'link'));
  expect(await readdir(root)).toEqual(['canary']);
  expect(await readFile(join(root, 'canary/file'), 'utf8')).toBe('untouched');
});

test('a tree below a linked directory is found', async () => {
  await symlink(root, `${root}-link`);
  try {
    await removeTree(join(`${root}-link`, 'tree'));
    expect(await readdir(root)).toEqual([]);
  } finally {
    await removeTree(`${root}-link`);
  }
});

test('directories without permissions go too', async () => {
  await mkdir(join(tree, 'a/b'), { recursive: true });
  await writeFile(join(tree, 'a/b/c'), '');
  for (const directory of ['a/b', 'a', '']) await chmod(join(tree, directory), 0);
  await removeTree(tree);
  expect(await readdir(root)).toEqual([]);
});

test('a tree deeper than any path may be long goes', async () => {
  const chain = `${'d'.repeat(49)}/`.repeat(70);
  await mkdir(join(tree, chain), { recursive: true });
  await mkdir(join(root, 'other', chain), { recursive: true });
  await rename(join(root, 'other'), join(tree, chain, 'x'));
  await removeTree(tree);
  expect(await readdir(root)).toEqual([]);
});

test('mount points are read as the kernel writes them', async () => {
  const table = '36 35 98:0 /m /mnt/a\\040b rw - ext4 /dev/root rw\n37 35 0:5 / /proc rw - proc proc rw\n';
  expect(mountPointsOf(table)).toEqual(['/mnt/a b', '/proc']);
  expect(findMountsBelow('/proc')).toContain('/proc');
  expect(findMountsBelow(root)).toEqual([]);
});
