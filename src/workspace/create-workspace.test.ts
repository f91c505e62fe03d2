import { mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkspace, listWorkspaces, openWorkspace } from './create-workspace.ts';
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
