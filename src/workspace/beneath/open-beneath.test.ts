import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../tree/remove-tree.ts';
import { partsOf } from './file-name.ts';
import { openBeneath, type Wanted } from './open-beneath.ts';
import { readWhole } from './read-file.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'open-beneath-'));
});
afterEach(() => removeTree(root));

async function look(path: string | Buffer, want: Wanted = 'file'): Promise<string> {
  const opened = await openBeneath(root, partsOf(path), want);
  if (opened.handle === undefined) return `${opened.found} at ${opened.at}`;
  const content = want === 'file' ? (await readWhole(opened.handle, 100)).toString() : 'a directory';
  await opened.handle.close();
  return content;
}

test('a file is opened through its directories', async () => {
  await mkdir(join(root, 'a/b'), { recursive: true });
  await writeFile(join(root, 'a/b/c.txt'), 'hello');
  expect(await look('a/b/c.txt')).toBe('hello');
  expect(await look('a/b', 'directory')).toBe('a directory');
  expect(await look('', 'directory')).toBe('a directory');
});

test('open beneath: a link is reported, never followed, at any place of the path', async () => {
  await symlink('/etc/passwd', join(root, 'file'));
  await symlink('/etc', join(root, 'directory'));
  await symlink(root, join(root, 'itself'));
  expect(await look('file')).toBe('symbolic link at file');
  expect(await look('directory/passwd')).toBe('symbolic link at directory');
  expect(await look('directory', 'directory')).toBe('symbolic link at directory');
  expect(await look('itself/file')).toBe('symbolic link at itself');
  const opened = await openBeneath(join(root, 'directory'), partsOf('passwd'), 'file');
  expect(opened.handle).toBeUndefined();
});

test('what is missing is nothing, also below a file or with a name too long for any file', async () => {
  await writeFile(join(root, 'a'), '');
  expect(await look('b')).toBe('nothing at b');
  expect(await look('b/c')).toBe('nothing at b');
  expect(await look('a/b')).toBe('nothing at a');
  expect(await look('x'.repeat(256))).toMatch(/^nothing at x/);
});

test('open beneath: FIFOs, sockets, devices and directories are reported and never opened', async () => {
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await look('fifo')).toBe('FIFO at fifo');
  expect(await look('socket')).toBe('socket at socket');
  expect(await look('', 'file')).toBe('directory at ');
  const device = await openBeneath('/dev', partsOf('null'), 'file');
  expect(device).toMatchObject({ found: 'device' });
  await new Promise((resolve) => server.close(resolve));
});

test('names of 255 bytes and names that are not UTF-8 are names like others', async () => {
  const long = 'n'.repeat(255);
  const odd = Buffer.from([0xff, 0xfe, 0x20, 0x0a]);
  await writeFile(join(root, long), 'long');
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), odd]), 'odd');
  expect(await look(long)).toBe('long');
  expect(await look(odd)).toBe('odd');
});

test.each(['..', 'a/../../etc/passwd', '.', 'a//b', 'a\0b', '/etc/passwd'])('%j is refused', async (path) => {
  await mkdir(join(root, 'a'));
  await expect(look(path)).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('openBeneath: no descriptor stays open, for any kind of result', async () => {
  await mkdir(join(root, 'a/b/c'), { recursive: true });
  await symlink('/etc', join(root, 'a/b/link'));
  await writeFile(join(root, 'a/b/file'), 'x');
  const descriptors = async () => {
    const targets = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(targets)).filter((target) => target.startsWith(root));
  };
  for (let round = 0; round < 50; round += 1) {
    for (const path of ['a/b/file', 'a/b/c', 'a/b/link', 'a/b/link/passwd', 'a/none/x', 'a/b/file/x']) await look(path);
    await expect(look('a/b/..')).rejects.toThrow('".." is not the name of one directory');
  }
  expect(await descriptors()).toEqual([]);
});
