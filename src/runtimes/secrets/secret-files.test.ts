import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOwners } from '../../support/processes/owners.ts';
import { createSecretFiles } from './secret-files.ts';

const stranger = 4711;
const place = { deployment: 'd', executionId: '0b7a5f3e-0000-4000-8000-000000000001' };
const secrets = [{ name: 'KEY', value: Buffer.from('hidden'), as: 'file' as const }];
let base: string;

beforeEach(async () => {
  base = await mkdtemp('/dev/shm/secret-files-');
});

afterEach(() => rm(base, { recursive: true, force: true }));

test('secret files: are written into a directory of the agent and removed', async () => {
  const files = createSecretFiles(join(base, 'own'), createOwners(join(base, 'owners')));
  const shown = (await files.write(place, secrets)) ?? '';
  expect(await readFile(join(shown, 'KEY'), 'utf8')).toBe('hidden');
  expect(await files.list('d')).toEqual([place.executionId]);
  await files.remove(place);
  expect(await files.list('d')).toEqual([]);
});

test('secret files: those of the next step replace those of the last, which nobody may write to', async () => {
  const files = createSecretFiles(join(base, 'own'), createOwners(join(base, 'owners')));
  const path = join((await files.write(place, secrets)) ?? '', 'KEY');
  const last = await open(path);
  try {
    await files.write(place, [{ name: 'KEY', value: Buffer.from('other'), as: 'file' }]);
    expect(await readFile(path, 'utf8')).toBe('other');
    expect(await last.readFile('utf8')).toBe('hidden');
  } finally {
    await last.close();
  }
});

test.runIf(process.geteuid?.() === 0)(
  'secret files: nothing is written to, listed or removed below a directory of another user',
  async () => {
    const [root, canary] = [join(base, 'theirs'), join(base, 'canary')];
    await mkdir(join(canary, place.executionId), { recursive: true });
    await writeFile(join(canary, place.executionId, 'file'), '');
    await mkdir(root);
    await symlink(canary, join(root, 'd'));
    await chown(root, stranger, stranger);
    const files = createSecretFiles(root, createOwners(join(base, 'owners')));
    const refused = { code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining('EXEC_SECRETS_MEMORY') };
    await expect(files.write(place, secrets)).rejects.toMatchObject(refused);
    expect(await files.list('d')).toEqual([]);
    await files.remove(place);
    expect(await readdir(join(canary, place.executionId))).toEqual(['file']);
    await chown(root, 0, 0);
    await chmod(root, 0o777);
    await expect(files.write(place, secrets)).rejects.toMatchObject(refused);
    expect(await readdir(canary)).toEqual([place.executionId]);
  },
);

test('secret files: a directory that was prepared becomes that of an execution, and goes if it is not needed', async () => {
  const root = join(base, 'prepared');
  const files = createSecretFiles(root, createOwners(join(base, 'owners')));
  const given = await files.prepare('d', 'one');
  const unused = await files.prepare('d', 'two');
  expect(await readdir(given.shown)).toEqual([]);
  expect(await files.list('d')).toEqual([]);
  const before = await stat(given.shown);
  await files.write(place, secrets);
  await given.give(place);
  const shown = (await files.write(place, secrets)) ?? '';
  expect((await stat(shown)).ino).toBe(before.ino);
  expect(await readFile(join(shown, 'KEY'), 'utf8')).toBe('hidden');
  // What an agent that lives has prepared is not swept.
  await files.sweepPrepared('d');
  expect(await readdir(unused.shown)).toEqual([]);
  await unused.remove();
  await unused.remove();
  await files.remove(place);
  expect(await readdir(root)).toEqual([]);
});
