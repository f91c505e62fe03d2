import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestResponse } from '../../../../tests/cli/helpers/test-response.ts';
import { createTestStore } from '../../../../tests/cli/helpers/test-store.ts';
import { createByteBudget } from '../../../workspace/byte-budget.ts';
import { filesInTheWay, outputFilesOf, saveOutputs } from './save-outputs.ts';

let directory = '';
let outside = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'save-outputs-'));
  outside = await mkdtemp(join(tmpdir(), 'save-outputs-outside-'));
});

afterEach(() => Promise.all([directory, outside].map((path) => rm(path, { recursive: true }))));

const prefix = 'executions/c0ffee/output';

async function save(names: readonly string[], { force = false } = {}) {
  const store = createTestStore();
  for (const name of names)
    await store.put({ name: `${prefix}/${name}` }, Readable.from([Buffer.from(`new ${name}`)]), signal);
  const minioObjects = names.map((name) => ({ object_name: `${prefix}/${name}`, size: 4 + name.length }));
  const files = outputFilesOf(createTestResponse({ exit: 0, result: { minio_objects: minioObjects } }));
  const budget = createByteBudget(1000, () => new Error('too much'));
  return saveOutputs(files, {
    store,
    directory: join(directory, 'out'),
    force,
    budget,
    signal,
    onFile: () => undefined,
  });
}

const { signal } = new AbortController();

function read(name: string) {
  return readFile(join(directory, 'out', name), 'utf8');
}

test('files come below the directory, which is made, under their own names', async () => {
  expect(await save(['a.csv', 'deep/er/b.csv'])).toEqual({ files: 2, bytes: 26, kept: [] });
  expect(await read('a.csv')).toBe('new a.csv');
  expect(await read('deep/er/b.csv')).toBe('new deep/er/b.csv');
});

test('a file that is there stays as it is, the others are saved', async () => {
  await mkdir(join(directory, 'out'));
  await writeFile(join(directory, 'out', 'a.csv'), 'old');
  expect(await save(['a.csv', 'b.csv'])).toMatchObject({ files: 1, kept: ['a.csv'] });
  expect(await read('a.csv')).toBe('old');
  expect(await read('b.csv')).toBe('new b.csv');
});

test('with force it gives way, yet a link is replaced and never followed', async () => {
  await mkdir(join(directory, 'out'));
  await writeFile(join(outside, 'canary'), 'untouched');
  await symlink(join(outside, 'canary'), join(directory, 'out', 'a.csv'));
  expect(await save(['a.csv'], { force: true })).toMatchObject({ files: 1, kept: [] });
  expect(await read('a.csv')).toBe('new a.csv');
  expect(await readFile(join(outside, 'canary'), 'utf8')).toBe('untouched');
});

test('a directory that is a link is not written through', async () => {
  await mkdir(join(directory, 'out'));
  await symlink(outside, join(directory, 'out', 'deep'));
  await expect(save(['deep/b.csv'], { force: true })).rejects.toThrow(/symbolic link/);
});

test('only plain names can be known to be in the way beforehand', async () => {
  await writeFile(join(directory, 'a.csv'), '');
  expect(await filesInTheWay(['a.csv', '*.csv', 'b.csv', 'deep/'], directory)).toEqual(['a.csv']);
});
