import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../objects/object-store.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import {
  files,
  graph,
  names,
  type OutputBench,
  openOutputBench,
  root,
  sha256,
  storeOf,
  upload,
} from './output-bench.contract.ts';

let bench: OutputBench;

beforeEach(async () => {
  bench = await openOutputBench();
});
afterEach(() => bench.close());

describe('expected files', () => {
  test('come back with path, size, hash and content', async () => {
    await bench.write('a/results.json', '{"ü": 1}');
    expect(await bench.collect(files('a/results.json'))).toEqual({
      files: [
        {
          name: 'a/results.json',
          path: '/workspace/output/a/results.json',
          size: 9,
          sha256: sha256('{"ü": 1}'),
          content: '{"ü": 1}',
          encoding: 'utf8',
          truncated: false,
        },
      ],
      missing: [],
      uploads: [],
      failures: [],
      warnings: [],
    });
  });

  test('that are not UTF-8 come back as base64', async () => {
    await bench.write('image.png', Buffer.from([0x89, 0x50, 0xff, 0]));
    await bench.write('bom.txt', Buffer.from([0xef, 0xbb, 0xbf, 0x61]));
    const { files: found } = await bench.collect(files('*'));
    expect(found).toMatchObject([
      { name: 'bom.txt', content: '\ufeffa', encoding: 'utf8' },
      { name: 'image.png', content: 'iVD/AA==', encoding: 'base64' },
    ]);
  });

  test('any bytes can be had back from what is returned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await bench.write('any', Buffer.from(bytes));
        const { files: found } = await bench.collect(files('any'));
        expect(Buffer.from(found[0]?.content ?? '', found[0]?.encoding)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  test('by directory and by glob come back sorted, each once, dotfiles too', async () => {
    for (const name of ['b.csv', 'a.csv', 'plots/1.png', 'plots/deep/2.png', 'plots/.hidden', '.csv', 'other'])
      await bench.write(name);
    expect(names(await bench.collect(files('plots/')))).toEqual(['plots/.hidden', 'plots/1.png', 'plots/deep/2.png']);
    expect(names(await bench.collect(files('*.csv', 'a.csv', './a.csv', '**/*.png', 'plots/')))).toEqual([
      '.csv',
      'a.csv',
      'b.csv',
      'plots/.hidden',
      'plots/1.png',
      'plots/deep/2.png',
    ]);
    expect(names(await bench.collect(files('p*/')))).toHaveLength(3);
    expect(names(await bench.collect(files('./')))).toHaveLength(7);
  });

  test('with the signs of a glob in their names can be named as they are', async () => {
    await bench.write('a[1].csv');
    await bench.write('a1.csv');
    expect(names(await bench.collect(files('a[1].csv')))).toEqual(['a[1].csv']);
  });

  test('larger than an answer carries come back without content, hashed all the same', async () => {
    await bench.write('large', 'x'.repeat(101));
    const { files: found, failures } = await bench.collect(files('large'));
    expect(found).toEqual([
      {
        name: 'large',
        path: `${root}/large`,
        size: 101,
        sha256: sha256('x'.repeat(101)),
        encoding: 'utf8',
        truncated: true,
      },
    ]);
    expect(failures).toEqual([]);
  });

  test('that were not written are named, with what is there instead', async () => {
    for (const name of ['a.txt', 'b/1', 'b/2', 'b/c/3', 'd/1']) await bench.write(name);
    const { missing, failures } = await bench.collect(files('results.json', '*.csv', 'plots/', 'b'));
    expect(missing).toEqual(['results.json', '*.csv', 'plots/', 'b']);
    expect(failures.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'OUTPUT_MISSING The expected file results.json was not written; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING No file matches the expected *.csv; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING No file was written to the expected directory plots/; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING The expected file b is a directory. Expect b/ to get the files in it.',
    ]);
  });

  test('that were not written are listed in a message of bounded length', async () => {
    for (let index = 0; index < 40; index += 1) await bench.write(`${index}-${'n'.repeat(200)}`);
    const { failures } = await bench.collect(files('results.json'));
    expect(failures[0]?.message).toMatch(/and 30 more\.$/);
    expect(failures[0]?.message.length).toBeLessThan(2000);
    await removeTree(bench.output);
    expect((await bench.collect(files('results.json'))).failures[0]?.message).toMatch(/holds no files\.$/);
  });

  test('that nobody requires may be missing', async () => {
    const optional = files('a', '*.csv', 'd/').map((each) => ({ ...each, required: false }));
    expect(await bench.collect(optional)).toEqual({ files: [], missing: [], uploads: [], failures: [], warnings: [] });
  });

  test.each(['../secret', '/etc/passwd', 'a/../../secret', 'a\0b'])('cannot be %j', async (pattern) => {
    await writeFile(join(bench.base, 'secret'), 'canary');
    const { files: found, failures } = await bench.collect(files(pattern));
    expect(found).toEqual([]);
    expect(failures).toMatchObject([
      { code: 'INVALID_REQUEST', message: expect.stringContaining('output.expected_files[0]') },
    ]);
  });

  test('cannot be a pattern that is too complex', async () => {
    const { failures } = await bench.collect(files('{a,b}'.repeat(30)));
    expect(failures).toMatchObject([{ code: 'INVALID_REQUEST', message: expect.stringContaining('too complex') }]);
  });

  test('below a root in no volume are a failure', async () => {
    const { failures } = await bench.collect([
      { kind: 'files', origin: 'outputs[0]', root: '/etc', pattern: 'passwd', required: true },
      { ...upload, root: '/etc' },
      { ...graph, path: '/etc/passwd' },
    ]);
    expect(failures.map(({ code }) => code)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST']);
  });
});

test('failures are in the order of the outputs that met them', async () => {
  await bench.write('graph_update.json', 'no');
  const { failures } = await bench.collect([graph, ...files('a'), upload]);
  expect(failures.map(({ code }) => code)).toEqual(['OUTPUT_INVALID', 'OUTPUT_MISSING']);
});

test('collecting again gives the same', async () => {
  for (const name of ['a', 'b/c']) await bench.write(name);
  await symlink('a', join(bench.output, 'l'));
  const outputs = [...files('**', 'none'), upload];
  expect(await bench.collect(outputs)).toEqual(await bench.collect(outputs));
});

test('an abort ends the collection with its reason, also during an upload', async () => {
  await bench.write('a');
  await expect(bench.collect(files('a'), { signal: AbortSignal.abort(new Error('canceled')) })).rejects.toThrow(
    'canceled',
  );
  const controller = new AbortController();
  const store: ObjectStore = {
    ...storeOf(new Map()),
    put: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        controller.abort(new Error('canceled'));
      }),
  };
  await expect(bench.collect([upload], { store, signal: controller.signal })).rejects.toThrow('canceled');
});

test.each(['./', '.', 'a/..'])('output_files: has every file for the pattern %s', async (pattern) => {
  await bench.write('a.txt');
  await bench.write('b/c.txt');
  const { files: found } = await bench.collect(files(pattern));
  expect(found.map((file) => file.name)).toEqual(['a.txt', 'b/c.txt']);
});

test('output_files: what an output directory holds is described once, however many files are missing', async () => {
  await bench.write('a.txt');
  const { failures } = await bench.collect(files(...Array.from({ length: 300 }, (_, at) => `missing-${at}`)));
  expect(failures).toHaveLength(300);
  expect(failures.at(-1)?.message).toContain('/workspace/output holds: a.txt.');
});

describe('names with characters of a glob', () => {
  const literals = [
    '[a].txt',
    '*',
    'a?b',
    '{x,y}',
    'd[1]/in.txt',
    '**/x',
    'back\\slash',
    '{',
    '[',
    '!(a)',
    'e{1,2}/f/g.txt',
  ];

  test.each(literals)('output_files: has %s when it is expected by its name', async (name) => {
    await bench.write(name);
    await bench.write('other/file.txt');
    const { files: found, failures } = await bench.collect(files(name));
    expect(failures).toEqual([]);
    expect(found.map((file) => file.name)).toEqual([name]);
  });

  test.each(['d[1]/', 'e{1,2}/', '*/', 'e{1,2}/f/'])('output_files: has what is in the directory %s', async (name) => {
    await bench.write(`${name}in.txt`);
    const { files: found, failures } = await bench.collect(files(name));
    expect(failures).toEqual([]);
    expect(found.map((file) => file.name)).toEqual([`${name}in.txt`]);
  });

  test('output_files: a link by that name is refused, not matched as a glob', async () => {
    await symlink('/etc/passwd', join(bench.output, '[a]'));
    expect((await bench.collect(files('[a]'))).failures).toMatchObject([{ code: 'OUTPUT_INVALID' }]);
  });
});
