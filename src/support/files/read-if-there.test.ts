import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readIfThere, readOnceWritten } from './read-if-there.ts';

const longDelayMs = 150;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('files: one that is missing has no text, and is not waited for', async () => {
  expect(await readIfThere(join(directory, 'missing'))).toBeUndefined();
  expect(await readOnceWritten(join(directory, 'missing'))).toBeUndefined();
});

test('files: one whose writer is slow is waited for', async () => {
  const path = join(directory, 'pid');
  await writeFile(path, '');
  expect(await readIfThere(path)).toBe('');
  const read = readOnceWritten(path);
  setTimeout(() => void writeFile(path, '123'), longDelayMs);
  expect(await read).toBe('123');
});
