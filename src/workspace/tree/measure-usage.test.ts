import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createUsageMeter, writableRoots } from './measure-usage.ts';
import { removeTree } from './remove-tree.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const wide = { bytes: 1e12, files: 1e6, depth: 1e3 };
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'usage-'));
});
afterEach(() => removeTree(root));

const meterOf = (access: 'read-only' | 'read-write' = 'read-write') =>
  createUsageMeter(writableRoots([{ path: '/out', access }], new Map([['/out', root]])));

test('files count by their length, everything counts as an entry, links lead nowhere', async () => {
  await mkdir(join(root, 'a/b'), { recursive: true });
  await writeFile(join(root, 'a/b/c'), 'x'.repeat(5000));
  await writeFile(join(root, Buffer.from([0xff, 0x0a, 0x2d]).toString('latin1')), 'xy');
  await symlink('/etc/passwd', join(root, 'link'));
  await symlink('/usr', join(root, 'tree'));
  await run('mkfifo', [join(root, 'fifo')]);
  expect(await meterOf()(wide, signal)).toEqual({ bytes: 5002, files: 7, depth: 3 });
});

test('a sparse file counts by its length', async () => {
  await writeFile(join(root, 'sparse'), '');
  await truncate(join(root, 'sparse'), 2 ** 40);
  expect(await meterOf()(wide, signal)).toMatchObject({ bytes: 2 ** 40 });
});

test('space that was taken without length counts too', async () => {
  await writeFile(join(root, 'reserved'), '');
  await run('fallocate', ['--keep-size', '--length', '8M', join(root, 'reserved')]);
  const { bytes } = await meterOf()(wide, signal);
  expect(bytes).toBeGreaterThan(4_000_000);
});

test('of a million entries no more are counted than needed', async () => {
  for (let at = 0; at < 500; at += 1) await writeFile(join(root, `${at}`), 'x');
  const { files } = await meterOf()({ ...wide, files: 100 }, signal);
  expect(files).toBeGreaterThan(100);
  expect(files).toBeLessThan(200);
});

test('directories are not followed deeper than the bound', async () => {
  await mkdir(join(root, 'd/'.repeat(50)), { recursive: true });
  expect(await meterOf()({ ...wide, depth: 10 }, signal)).toMatchObject({ depth: 11 });
});

test('a volume that containers cannot write to is not looked at', async () => {
  await writeFile(join(root, 'a'), 'x');
  expect(await meterOf('read-only')(wide, signal)).toEqual({ bytes: 0, files: 0, depth: 0 });
});

test('an output that is gone is empty', async () => {
  await removeTree(root);
  await mkdir(root);
  expect(await meterOf()(wide, signal)).toEqual({ bytes: 0, files: 0, depth: 0 });
});

test('a count that took long is not repeated at once, unless the disk has lost as much as would matter', async () => {
  for (let at = 0; at < 300; at += 1) await writeFile(join(root, `${at}`), 'x');
  let clock = 0;
  let free = { bytes: 1e9, files: 1e6 };
  const measure = createUsageMeter([root], {
    freeAround: async () => free,
    now: () => {
      clock += 10;
      return clock;
    },
  });
  const bounds = { bytes: 3000, files: 310, depth: 10 };
  expect(await measure(bounds, signal)).toMatchObject({ bytes: 300, files: 300 });
  await writeFile(join(root, 'more'), 'x'.repeat(1000));
  expect(await measure(bounds, signal)).toMatchObject({ bytes: 300, files: 300 });
  free = { ...free, bytes: free.bytes - 3000 };
  expect(await measure(bounds, signal)).toMatchObject({ bytes: 1300, files: 301 });
  await writeFile(join(root, 'and more'), '');
  free = { ...free, files: free.files - 20 };
  expect(await measure(bounds, signal)).toMatchObject({ bytes: 1300, files: 302 });
});
