import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeArchive } from './write-archive.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exec-archive-'));
});
afterEach(() => rm(directory, { recursive: true }));

const { signal } = new AbortController();

async function* breaksOff() {
  yield Buffer.from('begin');
  throw new Error('the connection was lost');
}

test('files --zip: an archive that breaks off leaves no file', async () => {
  const path = join(directory, 'a.zip');
  await expect(writeArchive(Readable.from(breaksOff()), path, { replace: false, signal })).rejects.toThrow('lost');
  expect(await readdir(directory)).toEqual([]);
});

test('files --zip --force: the file stays until the new one is complete', async () => {
  const path = join(directory, 'a.zip');
  await writeFile(path, 'old');
  await expect(writeArchive(Readable.from(breaksOff()), path, { replace: true, signal })).rejects.toThrow('lost');
  expect(await readFile(path, 'utf8')).toBe('old');
  await writeArchive(Readable.from([Buffer.from('new')]), path, { replace: true, signal });
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(directory)).toEqual(['a.zip']);
});

test('files --zip: names what is in the way', async () => {
  const path = join(directory, 'a.zip');
  await writeFile(path, 'old');
  const body = () => Readable.from([Buffer.from('new')]);
  await expect(writeArchive(body(), path, { replace: false, signal })).rejects.toThrow('--force');
  await expect(writeArchive(body(), directory, { replace: true, signal })).rejects.toThrow('no regular file');
  await expect(writeArchive(body(), join(directory, 'none/a.zip'), { replace: false, signal })).rejects.toThrow(
    'cannot be written to',
  );
  expect(await readFile(path, 'utf8')).toBe('old');
});
