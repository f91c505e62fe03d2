import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { checkProgramFiles, type FileLook, type FileOwner } from './check-program-files.ts';
import { installService } from './manage-service.ts';

let directory = '';
let file = '';
beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'program-files-')));
  file = join(directory, 'lib/main.js');
  await mkdir(dirname(file));
  await writeFile(file, '');
  await symlink(file, join(directory, 'link'));
});
afterAll(() => rm(directory, { recursive: true }));

const safe: FileOwner = { uid: 0, gid: 0, mode: 0o755 };
const look = (odd: string, owner: Partial<FileOwner>): FileLook => ({
  realpath: (path) => realpath(path),
  stat: async (path) => (path === odd ? { ...safe, ...owner } : safe),
});

describe('program files of the service', () => {
  test('are given back as real paths when only root can write them and all directories above', async () => {
    expect(await checkProgramFiles([join(directory, 'link')], undefined, look('', {}))).toEqual([file]);
    const ofRootGroup = { mode: 0o775 };
    expect(await checkProgramFiles([file], undefined, look(directory, ofRootGroup))).toEqual([file]);
  });

  test('are refused by the path that another user owns or can write, however far above', async () => {
    const paths = [file, dirname(file), directory, dirname(directory), '/'];
    const owner = fc.oneof(
      fc.record({ uid: fc.integer({ min: 1 }) }),
      fc.record({ mode: fc.constantFrom(0o757, 0o777, 0o1777, 0o646) }),
      fc.record({ mode: fc.constantFrom(0o775, 0o664), gid: fc.integer({ min: 1 }) }),
    );
    const property = fc.asyncProperty(fc.constantFrom(...paths), owner, async (odd, permissions) => {
      const checked = checkProgramFiles([join(directory, 'link')], undefined, look(odd, permissions));
      await expect(checked).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(new RegExp(`^${odd} .*npm install --global`)),
      });
    });
    await fc.assert(property, { numRuns: 50 });
  });

  test.each([
    '/home/a/main.js',
    '/root/lib/main.js',
    '/run/user/0/main.js',
  ])('are refused at %s, which the unit of another user hides, and not without --user', async (path) => {
    const hidden: FileLook = { realpath: async () => path, stat: async () => safe };
    expect(await checkProgramFiles([file], undefined, hidden)).toEqual([path]);
    await expect(checkProgramFiles([file], 'runner', hidden)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(new RegExp(`^${path} .*--user runner.*npm install --global`)),
    });
  });
});

test('service install: a program that others can replace is refused before anything is done', async () => {
  await chmod(dirname(file), 0o777);
  const terminal = createTestTerminal();
  const flags = { root: '/', dryRun: true, start: true };
  await expect(installService(file, terminal, flags)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect(terminal.printed().stdout).toBe('');
});
