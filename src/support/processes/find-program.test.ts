import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram } from './find-program.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'find-program-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('the first directory of the search path that has the program wins', async () => {
  await writeFile(join(directory, 'sh'), '', { mode: 0o755 });
  expect(await findProgram('sh', `/nowhere:${directory}:/bin`)).toBe(join(directory, 'sh'));
});

test('a program outside the search path is found in the directories of the system', async () => {
  expect(await findProgram('sh', directory)).toMatch(/^\/(usr\/)?bin\/sh$/);
});

test('a file that may not be executed is no program', async () => {
  await writeFile(join(directory, 'exec-agent-no-such-program'), '', { mode: 0o644 });
  expect(await findProgram('exec-agent-no-such-program', directory)).toBeUndefined();
});

test('relative entries of the search path are not followed', async () => {
  await writeFile(join(directory, 'exec-agent-no-such-program'), '', { mode: 0o755 });
  const searchPath = relative(process.cwd(), directory);
  expect(await findProgram('exec-agent-no-such-program', searchPath)).toBeUndefined();
});
