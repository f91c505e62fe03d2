import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../../../tests/parts/processes/run-command.ts';
import { installLauncher } from './install-launcher.ts';
import { type RemovalOrder, writeRemoval } from './launcher-command.ts';

// As remove.h says.
const mostRemoved = 512;
const mostLevels = 16;

/** What the launcher removes by order; its program alone, over a directory that is no cgroup hierarchy. */
describe('removal', { timeout: 60_000 }, () => {
  let base = '';
  let launcher: ChildProcessByStdio<Writable, Readable, null>;
  let answers: AsyncIterator<string>;
  let orders = 0;
  let tree = '';

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'removal-'));
    for (const name of ['mount', 'groups', 'canary']) await mkdir(join(base, name));
    await writeFile(join(base, 'canary/file'), 'untouched');
    await installLauncher(join(base, 'launcher'));
    const args = [join(base, 'mount'), '', '', `m:${join(base, 'groups')}`, '--', '/bin/false'];
    launcher = spawn(join(base, 'launcher'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    answers = createInterface({ input: launcher.stdout })[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const ended = once(launcher, 'exit');
    launcher.stdin.end();
    await ended;
    await rm(base, { recursive: true, force: true });
  });
  beforeEach(async () => {
    tree = await mkdtemp(join(base, 'tree-'));
  });

  /** @returns whether the launcher reports that all is gone */
  async function remove(order: RemovalOrder): Promise<boolean> {
    orders += 1;
    launcher.stdin.write(writeRemoval(orders, order));
    const { value } = await answers.next();
    expect([`${orders} 0`, `${orders} 1`]).toContain(value);
    return value === `${orders} 0`;
  }

  const isThere = async (path: string) =>
    (await readdir(join(path, '..'))).includes(path.slice(path.lastIndexOf('/') + 1));

  test('takes a directory with files, directories, links and pipes in it', async () => {
    await mkdir(join(tree, 'a/b'), { recursive: true });
    await writeFile(join(tree, 'a/b/c'), 'text');
    await symlink('nowhere', join(tree, 'a/link'));
    await runCommand('mkfifo', join(tree, 'a/pipe'));
    expect(await remove({ directory: tree })).toBe(true);
    expect(await isThere(tree)).toBe(false);
  });

  test('of what does not exist succeeds', async () => {
    expect(await remove({ directory: join(tree, 'nothing'), group: '/nothing' })).toBe(true);
  });

  test('follows no link out of the directory, nor one in its place', async () => {
    await symlink(join(base, 'canary'), join(tree, 'link'));
    expect(await remove({ directory: tree })).toBe(true);
    await symlink(join(base, 'canary'), tree);
    await remove({ directory: tree });
    expect(await readFile(join(base, 'canary/file'), 'utf8')).toBe('untouched');
  });

  test('of a group comes before that of the directory, which stays while the group does', async () => {
    const group = join(base, 'groups/exec-agent/one');
    await mkdir(join(group, 'process'), { recursive: true });
    const order = { directory: tree, group: '/exec-agent/one' };
    expect(await remove(order)).toBe(false);
    expect(await isThere(tree)).toBe(true);
    await rm(join(group, 'process'), { recursive: true });
    expect(await remove(order)).toBe(true);
    expect([await isThere(group), await isThere(tree)]).toEqual([false, false]);
  });

  test('of more than a few files is left to the agent', async () => {
    for (let n = 0; n <= mostRemoved; n++) await writeFile(join(tree, String(n)), '');
    expect(await remove({ directory: tree })).toBe(false);
    expect(await isThere(tree)).toBe(true);
  });

  test('of a deep directory is left to the agent', async () => {
    await mkdir(join(tree, 'd/'.repeat(mostLevels + 1)), { recursive: true });
    expect(await remove({ directory: tree })).toBe(false);
    expect(await isThere(tree)).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)('does not cross a mount, also of the same file system', async () => {
    await mkdir(join(tree, 'mounted'));
    const within = ['nsenter', `--mount=/proc/${launcher.pid}/ns/mnt`] as const;
    await runCommand(...within, 'mount', '--bind', join(base, 'canary'), join(tree, 'mounted'));
    expect(await remove({ directory: tree })).toBe(false);
    await runCommand(...within, 'umount', join(tree, 'mounted'));
    expect(await readFile(join(base, 'canary/file'), 'utf8')).toBe('untouched');
    expect(await remove({ directory: tree })).toBe(true);
  });

  test('takes any small tree, and only that', async () => {
    const name = fc.string({ minLength: 1, maxLength: 40 }).filter((each) => !/[/\0]|^\.{1,2}$/.test(each));
    const { node } = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<Node>('file', 'link', 'locked'),
        fc.dictionary(name, tie('node'), { maxKeys: 5 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, node, { maxKeys: 5 }), async (contents) => {
        const own = await mkdtemp(join(tree, 'own-'));
        await make(own, contents);
        await writeFile(`${own}-beside`, '');
        const isGone = await remove({ directory: own });
        expect(isGone).toBe(!(await isThere(own)));
        expect(await isThere(`${own}-beside`)).toBe(true);
        expect(await readFile(join(base, 'canary/file'), 'utf8')).toBe('untouched');
        await rm(own, { recursive: true, force: true });
      }),
      { numRuns: 60 },
    );
  });

  async function make(path: string, node: Node): Promise<void> {
    if (node === 'file') return writeFile(path, 'text');
    if (node === 'link') return symlink(join(base, 'canary'), path);
    await mkdir(path, { recursive: true });
    if (node === 'locked') return chmod(path, 0);
    for (const [name, child] of Object.entries(node)) await make(join(path, name), child);
  }
});

type Node = 'file' | 'link' | 'locked' | { readonly [name: string]: Node };
