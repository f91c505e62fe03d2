import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gatherInputs } from './gather-inputs.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'gather-inputs-'));
  await mkdir(join(cwd, 'data', 'deep'), { recursive: true });
  await writeFile(join(cwd, 'data', 'a.csv'), 'a');
  await writeFile(join(cwd, 'data', 'deep', 'b.csv'), 'bb');
  await writeFile(join(cwd, 'odd:name'), 'odd');
  await writeFile(join(cwd, 'tool.sh'), '#!/bin/sh');
  await chmod(join(cwd, 'tool.sh'), 0o755);
});

afterEach(() => rm(cwd, { recursive: true }));

async function pathsOf(...inputs: string[]) {
  return (await gatherInputs(inputs, cwd)).map(({ source, path }) => [source.slice(cwd.length + 1), path]);
}

test('a file keeps its name unless a path is given after a colon', async () => {
  expect(await pathsOf('data/a.csv', 'data/a.csv:in/sales.csv', 'data/a.csv:in/')).toEqual([
    ['data/a.csv', 'a.csv'],
    ['data/a.csv', 'in/sales.csv'],
    ['data/a.csv', 'in/a.csv'],
  ]);
});

test('a directory brings every file below it', async () => {
  expect(await pathsOf('data', 'data:.')).toEqual([
    ['data/a.csv', 'data/a.csv'],
    ['data/deep/b.csv', 'data/deep/b.csv'],
    ['data/a.csv', 'a.csv'],
    ['data/deep/b.csv', 'deep/b.csv'],
  ]);
});

test('a file whose name holds a colon is meant as it stands', async () => {
  expect(await pathsOf('odd:name', 'odd:name:plain')).toEqual([
    ['odd:name', 'odd:name'],
    ['odd:name', 'plain'],
  ]);
});

test('size and the executable bit are known', async () => {
  expect(await gatherInputs(['tool.sh', 'data/deep/b.csv'], cwd)).toMatchObject([
    { size: 9, executable: true },
    { size: 2, executable: false },
  ]);
});

test('a file that does not exist is named', async () => {
  await expect(gatherInputs(['data/c.csv'], cwd)).rejects.toThrow(
    `${cwd}/data/c.csv cannot be read: there is no such file.`,
  );
});
