import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDirectory, claimDirectory } from './claim-directory.ts';

const isRoot = process.geteuid?.() === 0;
const stranger = 4711;
const setting = 'EXEC_DATA_DIR';
let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'claim-'));
});

afterEach(() => rm(base, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;
const claim = (path: string) => claimDirectory({ path, setting });
const refused = (text: string) =>
  expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining(text) });

describe('claiming a directory', () => {
  test('creates it and its parents for the owner alone, under any umask', async () => {
    const before = process.umask(0);
    try {
      const path = join(base, 'a', 'b');
      expect(await claim(path)).toBe(path);
      expect(await Promise.all([join(base, 'a'), path].map(modeOf))).toEqual([0o700, 0o700]);
      expect(await claim(path)).toBe(path);
    } finally {
      process.umask(before);
    }
  });

  test('keeps one that others may only read', async () => {
    await chmod(base, 0o755);
    await claim(base);
    expect(await modeOf(base)).toBe(0o755);
  });

  test('closes an empty one that others may write to, and refuses one with files', async () => {
    const [empty, full] = [join(base, 'empty'), join(base, 'full')];
    for (const path of [empty, full]) await mkdir(path);
    await writeFile(join(full, 'planted'), '');
    for (const path of [empty, full]) await chmod(path, 0o777);
    await claim(empty);
    expect(await modeOf(empty)).toBe(0o700);
    await expect(claim(full)).rejects.toEqual(refused(`(${setting})`));
    await expect(claim(full)).rejects.toEqual(refused(`chmod go-w ${full}`));
    expect(await modeOf(full)).toBe(0o777);
  });

  test('refuses a file, a link in a directory that anyone may write to, and a parent that anyone may replace', async () => {
    await writeFile(join(base, 'file'), '');
    await expect(claim(join(base, 'file'))).rejects.toEqual(refused('is not a directory'));
    const open = join(base, 'open');
    await mkdir(open);
    await symlink(base, join(open, 'link'));
    await chmod(open, 0o1777);
    await expect(claim(join(open, 'link', 'x'))).rejects.toEqual(refused('is a symbolic link'));
    await expect(claim(join(open, 'x'))).resolves.toBe(join(open, 'x'));
    await chmod(open, 0o777);
    await expect(claim(join(open, 'x'))).rejects.toEqual(refused(`chmod o-w ${open}`));
    expect(await readdir(open)).toEqual(['link', 'x']);
  });

  test('follows a link of the owner to the directory itself, and refuses links that lead in a circle', async () => {
    await mkdir(join(base, 'real'));
    await symlink('real', join(base, 'link'));
    expect(await claim(join(base, 'link', 'below'))).toBe(join(base, 'real', 'below'));
    await symlink('circle', join(base, 'circle'));
    await expect(claim(join(base, 'circle'))).rejects.toEqual(refused('is a symbolic link'));
  });

  test.runIf(isRoot)('refuses one of another user, and what lies below one of another user', async () => {
    const theirs = join(base, 'theirs');
    await mkdir(theirs);
    await chown(theirs, stranger, stranger);
    await expect(claim(theirs)).rejects.toEqual(refused(`it belongs to user ${stranger}`));
    await expect(claim(join(theirs, 'below'))).rejects.toEqual(refused(`${theirs} belongs to user ${stranger}`));
    expect(await readdir(theirs)).toEqual([]);
  });

  test.runIf(isRoot)('accepts a directory only if no other user could have written to it', async () => {
    const entry = fc.record({
      owner: fc.constantFrom(0, stranger),
      mode: fc.constantFrom(0o700, 0o755, 0o777, 0o1777, 0o707),
      isFilled: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(entry, entry, async (outer, inner) => {
        const path = join(await mkdtemp(join(base, 'case-')), 'outer');
        const below = join(path, 'inner');
        await mkdir(below, { recursive: true });
        if (inner.isFilled) await writeFile(join(below, 'file'), '');
        for (const [place, { owner, mode }] of [
          [below, inner],
          [path, outer],
        ] as const) {
          await chown(place, owner, owner);
          await chmod(place, mode);
        }
        const isReplaceable = outer.owner !== 0 || ((outer.mode & 0o002) !== 0 && (outer.mode & 0o1000) === 0);
        const isTheirs = inner.owner !== 0 || ((inner.mode & 0o022) !== 0 && inner.isFilled);
        const outcome = await claim(below).then(
          () => 'claimed',
          () => 'refused',
        );
        expect(outcome).toBe(isReplaceable || isTheirs ? 'refused' : 'claimed');
        if (outcome === 'claimed') expect((await modeOf(below)) & 0o022).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

test('checking a directory: makes and changes nothing', async () => {
  expect(await checkDirectory({ path: join(base, 'none'), setting })).toBeUndefined();
  expect(await checkDirectory({ path: base, setting })).toBe(base);
  await chmod(base, 0o777);
  await expect(checkDirectory({ path: base, setting })).rejects.toEqual(refused('other users may write to it'));
  expect(await modeOf(base)).toBe(0o777);
});
