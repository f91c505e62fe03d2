import { chmod, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fillFiles } from './fill-files.ts';

let directory = '';
const at = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fill-files-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('fillFiles: gives an existing file the content and the mode of the staged one', async () => {
  await writeFile(at('staged'), 'content');
  await chmod(at('staged'), 0o755);
  await writeFile(at('mounted'), 'what was there before');
  // As a container has it that mounted the file while it was empty.
  const mounted = await open(at('mounted'));
  await fillFiles([{ from: at('staged'), to: at('mounted') }], new AbortController().signal);
  expect(await mounted.readFile('utf8')).toBe('content');
  expect((await mounted.stat()).mode & 0o777).toBe(0o755);
  await mounted.close();
  expect(await readdir(directory)).toEqual(['mounted']);
});

test('fillFiles: leaves a file alone whose input was not staged', async () => {
  await writeFile(at('mounted'), 'filled before');
  await fillFiles([{ from: at('staged'), to: at('mounted') }], new AbortController().signal);
  expect(await readFile(at('mounted'), 'utf8')).toBe('filled before');
  expect((await stat(at('mounted'))).size).toBeGreaterThan(0);
});

test('fillFiles: stops when it is aborted', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(fillFiles([{ from: at('a'), to: at('b') }], stopped)).rejects.toThrow('stopped');
});
