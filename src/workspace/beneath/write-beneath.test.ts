import { mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createByteBudget } from '../byte-budget.ts';
import { removeTree } from '../tree/remove-tree.ts';
import { partsOf } from './file-name.ts';
import { type WriteOptions, writeBeneath } from './write-beneath.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'write-beneath-'));
});
afterEach(() => removeTree(root));

function write(path: string, options: Partial<WriteOptions> = {}): Promise<number> {
  const budget = createByteBudget(100, () => new Error('too much'));
  const signal = new AbortController().signal;
  return writeBeneath({ root, parts: partsOf(path), source: 'text', mode: 0o644, budget, signal, ...options });
}

test('writeBeneath: files and directories get their modes under any umask', async () => {
  const umask = process.umask(0o077);
  try {
    expect(await write('a/b/run.sh', { source: 'héllo', mode: 0o755 })).toBe(6);
  } finally {
    process.umask(umask);
  }
  expect(await readFile(join(root, 'a/b/run.sh'), 'utf8')).toBe('héllo');
  expect((await stat(join(root, 'a/b/run.sh'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(root, 'a/b'))).mode & 0o777).toBe(0o755);
});

test('a stream is written as it comes, a buffer as it is', async () => {
  expect(await write('s', { source: Readable.from([Buffer.from('ab'), Buffer.from('cd')]) })).toBe(4);
  expect(await write('b', { source: Buffer.from([0, 255]) })).toBe(2);
  expect(await readFile(join(root, 's'), 'utf8')).toBe('abcd');
  expect(await readFile(join(root, 'b'))).toEqual(Buffer.from([0, 255]));
});

test('write beneath: keeps an existing file, unless it is to be replaced', async () => {
  await write('a', { source: 'first' });
  await expect(write('a', { source: 'second' })).rejects.toMatchObject({ code: 'INTERNAL' });
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('first');
  await write('a', { source: 'third', replace: true });
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('third');
});

test('nothing is written through a link, neither in the path nor in the place of the file', async () => {
  const canary = join(root, 'canary');
  await mkdir(canary);
  await writeFile(join(canary, 'file'), 'untouched');
  await mkdir(join(root, 'volume'));
  await symlink(canary, join(root, 'volume/directory'));
  await symlink(join(canary, 'file'), join(root, 'volume/file'));
  const inVolume = { root: join(root, 'volume') };
  await expect(write('directory/new', inVolume)).rejects.toThrow(/symbolic link/);
  await expect(write('file', inVolume)).rejects.toThrow('EEXIST: file already exists');
  await write('file', { ...inVolume, replace: true });
  expect(await readdir(canary)).toEqual(['file']);
  expect(await readFile(join(canary, 'file'), 'utf8')).toBe('untouched');
});

test('a write over the budget or from a failing stream leaves no file', async () => {
  await expect(write('a', { source: 'x'.repeat(101) })).rejects.toThrow('too much');
  const failing = Readable.from(
    (async function* () {
      yield Buffer.from('some');
      throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    })(),
  );
  await expect(write('b', { source: failing })).rejects.toThrow('connection lost');
  expect(await readdir(root)).toEqual([]);
});

test('an abort ends a stream that stalls, with its reason', async () => {
  const stalled = new PassThrough();
  stalled.write('some');
  const controller = new AbortController();
  const writing = write('a', { source: stalled, signal: controller.signal });
  controller.abort(new Error('canceled'));
  await expect(writing).rejects.toThrow('canceled');
  expect(stalled.destroyed).toBe(true);
  expect(await readdir(root)).toEqual([]);
});

test.each(['../a', 'a/../../b', '/etc/x', ''])('%j is refused', async (path) => {
  await expect(write(path)).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('a stream of text is written as its bytes', async () => {
  const source = Readable.from(['ä', 'b']);
  await writeBeneath({ root, parts: [Buffer.from('text')], source, mode: 0o600, signal: new AbortController().signal });
  expect(await readFile(join(root, 'text'), 'utf8')).toBe('äb');
});
