import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBeneath } from '../beneath/open-beneath.ts';
import { removeTree } from './remove-tree.ts';
import { type WalkOptions, walkTree } from './walk-tree.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'walk-tree-'));
});
afterEach(() => removeTree(root));

const wide = { maxEntries: 1000, maxDepth: 100 };

async function walk(options: WalkOptions = wide): Promise<{ names: string[]; sizes: number[]; limit?: unknown }> {
  const { handle } = await openBeneath(root, [], 'directory');
  if (handle === undefined) throw new Error('the root is gone');
  const names: string[] = [];
  const sizes: number[] = [];
  try {
    for await (const { name, kind, size } of walkTree(handle, options)) {
      names.push(`${name.toString('latin1')} ${kind}`);
      sizes.push(size);
    }
    return { names, sizes };
  } catch (error) {
    return { names, sizes, limit: error };
  } finally {
    await handle.close();
  }
}

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), 'x');
  }
}

test('walk tree: lists entries in order of name, links and FIFOs by their kind and without going into them', async () => {
  await put('b/x', 'b/.hidden', 'a.txt', 'b.txt');
  await symlink('/etc', join(root, 'etc'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), '');
  expect((await walk()).names).toEqual([
    'a.txt file',
    'b.txt file',
    'b directory',
    'b/.hidden file',
    'b/x file',
    'etc symbolic link',
    'fifo FIFO',
    'ÿ file',
  ]);
});

test('whole paths come in order of their bytes', async () => {
  const name = fc.stringMatching(/^[a-c.0-]{1,3}$/).filter((text) => text !== '.' && text !== '..');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), async (paths) => {
      await removeTree(root);
      await mkdir(root);
      for (const path of paths)
        await put(path.join('/')).catch(() => 'one of them is a file where another needs a directory');
      const files = (await walk()).names.filter((line) => line.endsWith(' file'));
      expect(files).toEqual([...files].sort());
    }),
    { numRuns: 25 },
  );
});

test('a sparse file counts with its size and costs nothing', async () => {
  await put('sparse');
  await truncate(join(root, 'sparse'), 2 ** 40);
  expect((await walk()).sizes).toEqual([2 ** 40]);
});

test('walk tree: lists as many entries as allowed, then an error names the limit', async () => {
  await put('a/1', 'a/2', 'b', 'c', 'd');
  const { names, limit } = await walk({ maxEntries: 3, maxDepth: 9 });
  expect(names).toHaveLength(3);
  expect(limit).toMatchObject({ code: 'OUTPUT_TOO_LARGE', context: { limit: 'maxEntries' } });
  expect((await walk({ maxEntries: 6, maxDepth: 9 })).limit).toBeUndefined();
});

test('walk tree: leaves out directories nested too deep, lists the rest, then an error names the limit', async () => {
  await put('a/b/c/file', 'z');
  const { names, limit } = await walk({ maxEntries: 100, maxDepth: 2 });
  expect(names).toEqual(['a directory', 'a/b directory', 'z file']);
  expect(limit).toMatchObject({ code: 'OUTPUT_TOO_LARGE', context: { limit: 'maxDepth' } });
});

test('a walk ends with the reason of the signal', async () => {
  await put('a');
  const signal = AbortSignal.abort(new Error('stopped'));
  expect((await walk({ ...wide, signal })).limit).toMatchObject({ message: 'stopped' });
});
