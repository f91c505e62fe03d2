import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutputFile } from './output-files.ts';
import { archiveNameOf, createEntryNames, zipFiles } from './zip-files.ts';

const options = { modified: new Date('2026-01-01T00:00:00Z'), signal: new AbortController().signal };

const file = (name: string, content: string): OutputFile => ({
  name,
  size: Buffer.byteLength(content),
  open: async () => opened(content),
});

function opened(content: string) {
  const bytes = Buffer.from(content);
  return { body: Readable.from([bytes], { objectMode: false }), size: bytes.length };
}

const unpack = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
  assert archive.testzip() is None
  print(json.dumps({each.filename: archive.read(each).decode() for each in archive.infolist()}))
`;

test('zip: another program reads every file that is kept', async () => {
  const files = [
    file('a.txt', 'one'),
    file('deep/b.txt', 'x'.repeat(100_000)),
    { name: 'gone', size: 5 },
    file('é', ''),
  ];
  const directory = await mkdtemp(join(tmpdir(), 'zip-'));
  try {
    const path = join(directory, 'all.zip');
    await writeFile(path, await buffer(zipFiles(files, options)));
    expect((await readFile(path)).length).toBeLessThan(10_000);
    const { stdout } = await promisify(execFile)('python3', ['-c', unpack, path]);
    expect(JSON.parse(stdout)).toEqual({ 'a.txt': 'one', 'deep/b.txt': 'x'.repeat(100_000), é: '' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('zip: a file that cannot be opened, or has another size, breaks the archive off', async () => {
  const broken: OutputFile = { name: 'b', size: 1, open: () => Promise.reject(new Error('the store is away')) };
  await expect(buffer(zipFiles([file('a', 'x'), broken], options))).rejects.toThrow('the store is away');
  await expect(buffer(zipFiles([{ ...file('a', 'xyz'), size: 1 }], options))).rejects.toThrow(
    'file data stream has unexpected',
  );
});

test('zip: no name leads out of the directory, and names stay apart', async () => {
  const part = fc.constantFrom('a', '..', '.', '\\', 'C:', '', '\0', 'b\\..\\c', ' ');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const name = archiveNameOf(parts.join('/'));
      expect(name.split('/')).not.toContain('..');
      expect(name).not.toMatch(/\\|\0|^\/|^[A-Za-z]:/);
    }),
  );
  const archive = await buffer(zipFiles([file('a\\b', '1'), file('a_b', '2'), file('../a_b', '3')], options));
  const text = archive.toString('latin1');
  expect(text).toContain('a_b~2');
  expect(text).toContain('_/a_b');
});

test('zip: a file in an object with others may have another size than the record says', async () => {
  const moved: OutputFile = { ...file('moved', 'xyz'), size: 1, prepare: async () => undefined };
  const archive = await buffer(zipFiles([moved, file('a', 'x')], options));
  expect(archive.includes('moved')).toBe(true);
});

test('zip: names that become the same cost a few look-ups each', () => {
  const used = new Set<string>();
  let lookUps = 0;
  const counting = {
    has(name: string) {
      lookUps += 1;
      return used.has(name);
    },
    add: (name: string) => used.add(name),
  };
  const unusedName = createEntryNames(counting);
  const names = 2 ** 14;
  // A name that equals one with a number gets a number as well.
  for (let count = 0; count < names / 2; count += 1) unusedName(`a~${count}`);
  for (let count = 0; count < names / 2; count += 1) unusedName('a');
  expect(used.size).toBe(names);
  expect(lookUps).toBeLessThanOrEqual(3 * names);
});
