import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOwners } from './owners.ts';

let directory: string;
beforeEach(async () => {
  // A path that is too long for a socket's.
  directory = join(await mkdtemp(join(tmpdir(), 'owners-')), 'd'.repeat(120));
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

test('owners: a process that is seen is judged by its process id', async () => {
  const owners = createOwners(directory);
  const mark = await owners.mark();
  expect(`${mark.namespace} ${mark.beacon}`).toMatch(/^\d+ [0-9a-f]+$/);
  expect(await owners.isAlive(mark)).toBe(true);
  expect(await owners.isAlive({ ...mark, pid: 2 ** 22 + 1 })).toBe(false);
  const { namespace: _, ...older } = mark;
  expect(await owners.isAlive(older)).toBe(true);
  await owners.close();
});

test('owners: one in another PID namespace lives for as long as it listens, also where its process id is another one here', async () => {
  const [mine, theirs] = [createOwners(directory), createOwners(directory)];
  const mark = { ...(await theirs.mark()), namespace: '1', pid: 2 ** 22 + 1 };
  expect(await mine.isAlive(mark)).toBe(true);
  await theirs.close();
  expect(await mine.isAlive({ ...mark, pid: process.pid })).toBe(false);
  expect(await mine.isAlive({ ...mark, beacon: '../../x' })).toBe(false);
  await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('owners: where no socket can be made a process is known by its process id, until one can', async () => {
  await mkdir(dirname(directory), { recursive: true });
  await writeFile(directory, 'no directory');
  const owners = createOwners(directory);
  const mark = await owners.mark();
  expect(mark.beacon).toBeUndefined();
  expect(await owners.isAlive(mark)).toBe(true);
  expect(await owners.isAlive({ ...mark, namespace: '1' })).toBe(false);
  await rm(directory);
  const later = await owners.mark();
  expect(await readdir(directory)).toEqual([later.beacon]);
  await owners.close();
});

test('owners: the socket of a process that was killed is dead, and is tidied away', async () => {
  const owners = createOwners(directory);
  const { beacon } = await owners.mark();
  const dead = join(directory, 'aaaaaaaa');
  const script = `require('net').createServer().listen('./aaaaaaaa', () => console.log('listening'))`;
  const child = spawn(process.execPath, ['-e', script], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const mark = { ...(await owners.mark()), namespace: '1', beacon: 'aaaaaaaa' };
    expect(await owners.isAlive(mark)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await owners.isAlive(mark)).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
  await writeFile(join(directory, 'other'), '');
  await owners.tidy();
  expect((await readdir(directory)).sort()).toEqual([beacon, 'other'].sort());
  expect(dead).not.toBe(join(directory, beacon ?? ''));
  await owners.close();
});
