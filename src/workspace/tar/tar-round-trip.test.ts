import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack as createPack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../tree/remove-tree.ts';
import { packTree } from './pack-tree.ts';
import { type UnpackOptions, unpackTar } from './unpack-tar.ts';

let root = '';
let source = '';
let target = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tar-'));
  source = join(root, 'source');
  target = join(root, 'target');
  await mkdir(source);
  await mkdir(target);
});
afterEach(() => removeTree(root));

const signal = new AbortController().signal;
const limits = { maxEntries: 100, maxDepth: 20, signal };

function unpack(archive: Readable, options: Partial<UnpackOptions> = {}) {
  return unpackTar(archive, {
    ...limits,
    directory: target,
    stripParts: 0,
    maxBytes: 2 ** 20,
    others: 'refuse',
    ...options,
  });
}

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

function archiveOf(...entries: Entry[]): Readable {
  const archive = createPack();
  for (const { content = '', ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

/** An archive whose headers we write ourselves, for what no honest packer writes. */
function header(name: string, fields: { readonly size?: number; readonly type?: string } = {}): Buffer {
  const block = Buffer.alloc(512);
  block.write(name);
  block.write('0000644\0', 100);
  block.write(`${(fields.size ?? 0).toString(8).padStart(11, '0')} `, 124);
  block.write(' '.repeat(8), 148);
  block.write(fields.type ?? '0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

describe('a directory', () => {
  test('comes out of an archive as it went in', async () => {
    const names = ['a.txt', 'ünï.txt', `long/${'n'.repeat(250)}`, 'empty', 'deep/er/file'];
    await mkdir(join(source, 'long'));
    await mkdir(join(source, 'deep/er'), { recursive: true });
    await mkdir(join(source, 'nothing-in-it'));
    for (const name of names) await writeFile(join(source, name), name === 'empty' ? '' : `in ${name}`);
    await writeFile(join(source, 'large'), Buffer.alloc(300_001, 'x'));
    await chmod(join(source, 'a.txt'), 0o751);
    const archive = packTree([{ directory: source, prefix: 'workspace/input' }], limits);
    const report = await unpack(archive, { stripParts: 2 });
    expect(report).toMatchObject({ files: 6, skipped: [] });
    for (const name of names)
      expect(await readFile(join(target, name), 'utf8')).toBe(name === 'empty' ? '' : `in ${name}`);
    expect((await stat(join(target, 'large'))).size).toBe(300_001);
    expect((await stat(join(target, 'a.txt'))).mode & 0o777).toBe(0o751);
    expect(await readdir(join(target, 'nothing-in-it'))).toEqual([]);
  });

  test('is packed so that tar reads it, owned by root, with the modes of its directories', async () => {
    await writeFile(join(source, 'a'), 'x');
    await chmod(source, 0o777);
    const archive = await buffer(packTree([{ directory: source, prefix: 'data/out' }], limits));
    const listing = execFileSync('tar', ['-tv', '--numeric-owner'], { input: archive, encoding: 'utf8' });
    expect(listing).toMatch(/^drwxrwxrwx 0\/0 .* data\/out\/?\n-rw-r--r-- 0\/0 +1 .* data\/out\/a\n$/);
  });

  test('is packed without its links and odd names, which are reported', async () => {
    await symlink('/etc/passwd', join(source, 'link'));
    await writeFile(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff])]), '');
    const skipped: string[] = [];
    const onSkipped = (name: string, what: string) => skipped.push(`${name}: ${what}`);
    await unpack(packTree([{ directory: source, prefix: 'p' }], { ...limits, onSkipped }));
    expect(skipped).toEqual(['link: symbolic link', '\\xff: name that is not UTF-8']);
    expect(await readdir(join(target, 'p'))).toEqual([]);
  });

  test('with more entries than allowed, or that is gone, makes the stream fail', async () => {
    for (const name of ['a', 'b', 'c']) await writeFile(join(source, name), '');
    const tree = { directory: source, prefix: 'p' };
    await expect(buffer(packTree([tree], { ...limits, maxEntries: 2 }))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await removeTree(source);
    await expect(buffer(packTree([tree], limits))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('that nobody wants packed any more is closed', async () => {
    await writeFile(join(source, 'large'), Buffer.alloc(2 ** 20));
    const controller = new AbortController();
    const archive = packTree([{ directory: source, prefix: 'p' }], { ...limits, signal: controller.signal });
    const reading = buffer(archive);
    controller.abort(new Error('canceled'));
    await expect(reading).rejects.toThrow('canceled');
    const open = async () => {
      const targets = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
      return (await Promise.all(targets)).filter((path) => path.startsWith(source));
    };
    await expect.poll(open).toEqual([]);
  });
});

describe('an archive', () => {
  test.each([
    '../canary',
    'a/../../canary',
    '/canary',
    '/etc/passwd',
    'a/..',
    '..',
  ])('with the name %j is refused', async (name) => {
    await expect(unpack(archiveOf({ name, content: 'x' }))).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
    expect(await readdir(root)).toEqual(['source', 'target']);
  });

  test.each([
    ['symlink', 'symbolic link'],
    ['link', 'hard link'],
    ['fifo', 'FIFO'],
    ['block-device', 'device'],
    ['character-device', 'device'],
  ] as const)('with a %s is refused, or unpacked without it', async (type, what) => {
    const entries = [
      { name: 'odd', type, linkname: '/etc/passwd' },
      { name: 'plain', content: 'x' },
    ];
    await expect(unpack(archiveOf(...entries))).rejects.toThrow(new RegExp(`"odd" is a ${what}`));
    const report = await unpack(archiveOf(...entries), { others: 'skip' });
    expect(report).toMatchObject({ files: 1, skipped: [{ name: 'odd', what }] });
    expect(await readdir(target)).toEqual(['plain']);
  });

  test('with a file below a link writes nothing through it, neither through one that stood there before', async () => {
    const canary = join(root, 'canary');
    await mkdir(canary);
    const linkThenFile = () =>
      archiveOf({ name: 'out', type: 'symlink', linkname: canary }, { name: 'out/file', content: 'x' });
    await unpack(linkThenFile(), { others: 'skip' });
    expect(await readFile(join(target, 'out/file'), 'utf8')).toBe('x');
    await removeTree(join(target, 'out'));
    await symlink(canary, join(target, 'out'));
    await expect(unpack(linkThenFile(), { others: 'skip' })).rejects.toThrow(/symbolic link/);
    expect(await readdir(canary)).toEqual([]);
  });

  test('with links to make: makes them as they are, and follows none', async () => {
    const canary = join(root, 'canary');
    const entries: Entry[] = [
      { name: 'dir/same', type: 'symlink', linkname: '../file' },
      { name: 'file', content: 'old' },
      { name: 'file', type: 'symlink', linkname: canary },
      { name: 'file', content: 'new' },
      { name: 'out', type: 'symlink', linkname: root },
      { name: 'dir', type: 'symlink', linkname: root },
      { name: 'long', type: 'symlink', linkname: 'x'.repeat(5000) },
    ];
    const { skipped } = await unpack(archiveOf(...entries), { others: 'skip', links: 'make' });
    expect(skipped.map(({ name }) => name)).toEqual(['dir', 'long']);
    expect(await readlink(join(target, 'dir/same'))).toBe('../file');
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('new');
    const through = archiveOf({ name: 'out', type: 'symlink', linkname: root }, { name: 'out/canary', content: 'x' });
    await expect(unpack(through, { others: 'skip', links: 'make' })).rejects.toThrow(/out/);
    expect((await readdir(root)).toSorted()).toEqual(['source', 'target']);
  });

  test('replaces a link at the path of its file', async () => {
    await writeFile(join(root, 'canary'), 'untouched');
    await symlink(join(root, 'canary'), join(target, 'file'));
    await unpack(archiveOf({ name: './file', content: 'new' }));
    expect(await readFile(join(root, 'canary'), 'utf8')).toBe('untouched');
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('new');
  });

  test('larger than allowed stops there, and says which limit it met', async () => {
    const entries = ['a', 'b', 'c'].map((name) => ({ name, content: 'x'.repeat(10) }));
    await expect(unpack(archiveOf(...entries), { maxBytes: 25 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      context: { limit: 'maxBytes' },
    });
    await expect(unpack(archiveOf(...entries), { maxEntries: 2 })).rejects.toMatchObject({
      context: { limit: 'maxEntries' },
    });
    await expect(unpack(archiveOf({ name: 'd/'.repeat(30), type: 'directory' }))).rejects.toMatchObject({
      context: { limit: 'maxDepth' },
    });
    expect(await unpack(archiveOf(...entries), { maxBytes: 30, maxEntries: 3 })).toMatchObject({ files: 3, bytes: 30 });
  });

  test('that promises more than it has, or is none at all, is refused as damaged', async () => {
    const cut = Readable.from([header('a', { size: 1000 }), Buffer.alloc(512)]);
    await expect(unpack(cut)).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
    await expect(unpack(Readable.from([Buffer.alloc(1024, 'x')]))).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
    const hugeHeader = Readable.from([header('p', { type: 'x', size: 2 ** 32 }), Buffer.alloc(1024)]);
    await expect(unpack(hugeHeader)).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
  });

  test('with a sparse file or another rare kind is refused by name', async () => {
    await expect(unpack(Readable.from([header('sparse', { type: 'S' }), Buffer.alloc(1024)]))).rejects.toThrow(
      /"sparse" is an entry of unknown kind/,
    );
  });

  test('with names that are not UTF-8 or too long', async () => {
    const odd = header('?', {});
    odd[0] = 0xff;
    odd.write('0000000\0', 148);
    odd.write(' '.repeat(8), 148);
    odd.write(
      `${odd
        .reduce((total, byte) => total + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const report = await unpack(Readable.from([odd, Buffer.alloc(1024)]));
    expect(report.skipped).toMatchObject([{ what: 'name that is not UTF-8' }]);
    await expect(unpack(archiveOf({ name: 'n'.repeat(256), content: 'x' }))).rejects.toThrow(/more than 255 bytes/);
  });

  test('whose connection breaks fails with that error', async () => {
    const broken = new PassThrough();
    broken.write(header('a', { size: 1000 }));
    const unpacking = unpack(broken);
    broken.destroy(new Error('connection lost'));
    await expect(unpacking).rejects.toThrow('connection lost');
  });

  test('that stalls ends with the reason of the signal', async () => {
    const stalled = new PassThrough();
    stalled.write(header('a', { size: 1000 }));
    const controller = new AbortController();
    const unpacking = unpack(stalled, { signal: controller.signal });
    controller.abort(new Error('canceled'));
    await expect(unpacking).rejects.toThrow('canceled');
  });
});
