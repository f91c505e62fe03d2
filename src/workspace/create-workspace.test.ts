import { mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkspace, listWorkspaces, moveWorkspace, openWorkspace } from './create-workspace.ts';
import { removeTree } from './tree/remove-tree.ts';

let baseDir = '';
beforeEach(async () => {
  baseDir = join(await mkdtemp(join(tmpdir(), 'workspace-')), 'work');
});
afterEach(() => removeTree(join(baseDir, '..')));

const executionId = '0b5a2f6e-8c1d-4e2f-9a3b-4c5d6e7f8091';
const volumes = [
  { path: '/workspace/input', access: 'read-only' },
  { path: '/workspace/output', access: 'read-write' },
  { path: '/data/../../x', access: 'read-only' },
] as const;

test('every volume gets a directory, writable by anyone when the container may write, inside one of the owner alone', async () => {
  const umask = process.umask(0o077);
  const workspace = await createWorkspace({ baseDir, executionId, volumes }).finally(() => process.umask(umask));
  const mode = async (path: string) => (await stat(path)).mode & 0o777;
  expect([...workspace.roots.values()].map((root) => basename(root))).toEqual(['0-input', '1-output', '2-x']);
  expect(await mode(workspace.roots.get('/workspace/input') ?? '')).toBe(0o755);
  expect(await mode(workspace.roots.get('/workspace/output') ?? '')).toBe(0o777);
  expect(await mode(workspace.directory)).toBe(0o700);
  expect(await mode(baseDir)).toBe(0o700);
  expect(await readdir(workspace.directory)).toEqual(['control', 'volumes']);
});

test('after a crash the same workspace is found again, with what is in it', async () => {
  const spec = { baseDir, executionId, volumes };
  expect(await openWorkspace(spec)).toBeUndefined();
  const made = await createWorkspace(spec);
  await writeFile(join(made.control, 'exit'), '0');
  const found = await openWorkspace(spec);
  expect(found?.roots).toEqual(made.roots);
  expect(await readdir(found?.control ?? '')).toEqual(['exit']);
  await found?.remove();
  expect(await openWorkspace(spec)).toBeUndefined();
});

test('a new attempt starts with empty directories', async () => {
  const first = await createWorkspace({ baseDir, executionId, volumes });
  await writeFile(join(first.control, 'stale'), '');
  const second = await createWorkspace({ baseDir, executionId, volumes });
  expect(await readdir(second.control)).toEqual([]);
});

test('moving: what was prepared takes the place of an earlier attempt, which is ended first', async () => {
  const prepared = await createWorkspace({ baseDir: join(baseDir, '../prepared'), executionId, volumes });
  await writeFile(join(prepared.control, 'ready'), '');
  const spec = { baseDir, executionId, volumes, fence: 2 };
  const moved = await moveWorkspace(prepared.directory, spec);
  expect((await readdir(moved.control)).sort()).toEqual(['fence', 'ready']);
  expect((await openWorkspace(spec))?.roots).toEqual(moved.roots);

  const next = await createWorkspace({ baseDir: join(baseDir, '../prepared'), executionId, volumes });
  const seen: string[][] = [];
  const onEarlier = async () => void seen.push(await readdir(moved.control));
  await moveWorkspace(next.directory, { ...spec, fence: 3, onEarlier });
  expect(seen.flat().sort()).toEqual(['fence', 'ready']);
  expect(await readdir(moved.control)).toEqual(['fence']);
});

test('moving: an attempt with a higher fence keeps its workspace, and nothing is made of what is gone', async () => {
  const theirs = await createWorkspace({ baseDir, executionId, volumes, fence: 5 });
  await writeFile(join(theirs.control, 'theirs'), '');
  const prepared = await createWorkspace({ baseDir: join(baseDir, '../prepared'), executionId, volumes });
  const refused = moveWorkspace(prepared.directory, { baseDir, executionId, volumes, fence: 4 });
  await expect(refused).rejects.toMatchObject({ code: 'AGENT_LOST' });
  expect((await readdir(theirs.control)).sort()).toEqual(['fence', 'theirs']);
  await prepared.remove();
  const gone = moveWorkspace(prepared.directory, { baseDir, executionId, volumes, fence: 6 });
  await expect(gone).rejects.toMatchObject({ code: 'INTERNAL' });
  expect((await readdir(theirs.control)).sort()).toEqual(['fence', 'theirs']);
});

test('removing leaves nothing, and again is no error', async () => {
  const workspace = await createWorkspace({ baseDir, executionId, volumes });
  await workspace.remove();
  await workspace.remove();
  expect(await readdir(baseDir)).toEqual([]);
});

test.each(['..', '../x', `${executionId}/..`, '', `${executionId}\0`, '..%2f'])('the id %j is refused', async (id) => {
  await expect(createWorkspace({ baseDir, executionId: id, volumes })).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(openWorkspace({ baseDir, executionId: id, volumes })).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('workspaces are listed by their ids, anything else in the directory is not ours', async () => {
  expect(await listWorkspaces(baseDir)).toEqual([]);
  await createWorkspace({ baseDir, executionId, volumes });
  await mkdir(join(baseDir, 'lost+found'));
  await writeFile(join(baseDir, '1b5a2f6e-8c1d-4e2f-9a3b-4c5d6e7f8091'), 'a file');
  expect(await listWorkspaces(baseDir)).toEqual([executionId]);
});
