import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../objects/object-store.ts';
import { ExecError } from '../support/exec-error.ts';
import { createMask } from '../support/text/mask.ts';
import type { Output } from '../wire/plan/plan.ts';
import { collectedSchema } from '../wire/record/record.ts';
import { plainText } from '../wire/sentence.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { createOutputCollector } from './create-output-collector.ts';
import type { OutputLimits } from './output-options.ts';
import { createPutOnlyStore } from './put-only-store.contract.ts';

const root = '/workspace/output';
let base = '';
let output = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'outputs-'));
  output = join(base, 'volume');
  await mkdir(output);
});
afterEach(() => removeTree(base));

const wide: OutputLimits = {
  maxFileContentBytes: 100,
  maxAnswerContentBytes: 100_000,
  maxOutputBytes: 10_000,
  maxOutputFiles: 50,
  maxGraphBytes: 1000,
  uploadConcurrency: 2,
};

interface CollectOptions {
  readonly secrets?: readonly string[];
  readonly roomBytes?: number;
  readonly limits?: Partial<OutputLimits>;
  readonly store?: ObjectStore;
  readonly signal?: AbortSignal;
  readonly roots?: ReadonlyMap<string, string>;
}

async function collect(outputs: readonly Output[], options: CollectOptions = {}) {
  const {
    limits = {},
    store = storeOf(new Map()),
    signal = new AbortController().signal,
    roots = new Map([[root, output]]),
    roomBytes = wide.maxAnswerContentBytes,
    secrets = [],
  } = options;
  const collect = createOutputCollector({ store, limits: { ...wide, ...limits } });
  const mask = createMask(secrets.map((secret) => Buffer.from(secret)));
  const collected = await collect(roots, outputs, signal, { roomBytes, mask });
  const parsed = collectedSchema.parse(collected);
  return { ...parsed, warnings: parsed.warnings.map(plainText) };
}

/** A store in memory that refuses names with `refused` in them. */
function storeOf(objects: Map<string, string>): ObjectStore {
  const store = createPutOnlyStore((name, content) => void objects.set(name, content));
  return {
    ...store,
    async put(target, body, stop) {
      if (target.name.includes('refused')) throw new ExecError('STORE_UNAVAILABLE', 'The store is full.');
      return store.put(target, body, stop);
    },
  };
}

function files(...patterns: string[]): Output[] {
  return patterns.map((pattern, index) => ({
    kind: 'files',
    origin: `output.expected_files[${index}]`,
    root,
    pattern,
    required: true,
  }));
}
const rest: Output = { kind: 'rest', origin: 'output', root };
const graph: Output = { kind: 'graph', origin: 'output.graph_update', path: `${root}/graph_update.json` };
const upload: Output = { kind: 'upload', origin: 'output.minio_upload', root, prefix: 'executions/1/output' };

async function write(name: string, content: string | Buffer = 'x'): Promise<void> {
  await mkdir(dirname(join(output, name)), { recursive: true });
  await writeFile(join(output, name), content);
}
const names = ({ files: collected }: { files: readonly { name: string }[] }) => collected.map(({ name }) => name);
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('expected files', () => {
  test('come back with path, size, hash and content', async () => {
    await write('a/results.json', '{"ü": 1}');
    expect(await collect(files('a/results.json'))).toEqual({
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
    await write('image.png', Buffer.from([0x89, 0x50, 0xff, 0]));
    await write('bom.txt', Buffer.from([0xef, 0xbb, 0xbf, 0x61]));
    const { files: found } = await collect(files('*'));
    expect(found).toMatchObject([
      { name: 'bom.txt', content: '\ufeffa', encoding: 'utf8' },
      { name: 'image.png', content: 'iVD/AA==', encoding: 'base64' },
    ]);
  });

  test('any bytes can be had back from what is returned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await write('any', Buffer.from(bytes));
        const { files: found } = await collect(files('any'));
        expect(Buffer.from(found[0]?.content ?? '', found[0]?.encoding)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  test('by directory and by glob come back sorted, each once, dotfiles too', async () => {
    for (const name of ['b.csv', 'a.csv', 'plots/1.png', 'plots/deep/2.png', 'plots/.hidden', '.csv', 'other'])
      await write(name);
    expect(names(await collect(files('plots/')))).toEqual(['plots/.hidden', 'plots/1.png', 'plots/deep/2.png']);
    expect(names(await collect(files('*.csv', 'a.csv', './a.csv', '**/*.png', 'plots/')))).toEqual([
      '.csv',
      'a.csv',
      'b.csv',
      'plots/.hidden',
      'plots/1.png',
      'plots/deep/2.png',
    ]);
    expect(names(await collect(files('p*/')))).toHaveLength(3);
    expect(names(await collect(files('./')))).toHaveLength(7);
  });

  test('with the signs of a glob in their names can be named as they are', async () => {
    await write('a[1].csv');
    await write('a1.csv');
    expect(names(await collect(files('a[1].csv')))).toEqual(['a[1].csv']);
  });

  test('larger than an answer carries come back without content, hashed all the same', async () => {
    await write('large', 'x'.repeat(101));
    const { files: found, failures } = await collect(files('large'));
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
    for (const name of ['a.txt', 'b/1', 'b/2', 'b/c/3', 'd/1']) await write(name);
    const { missing, failures } = await collect(files('results.json', '*.csv', 'plots/', 'b'));
    expect(missing).toEqual(['results.json', '*.csv', 'plots/', 'b']);
    expect(failures.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'OUTPUT_MISSING The expected file results.json was not written; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING No file matches the expected *.csv; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING No file was written to the expected directory plots/; /workspace/output holds: a.txt, b/ (3 files), d/ (1 file).',
      'OUTPUT_MISSING The expected file b is a directory. Expect b/ to get the files in it.',
    ]);
  });

  test('that were not written are listed in a message of bounded length', async () => {
    for (let index = 0; index < 40; index += 1) await write(`${index}-${'n'.repeat(200)}`);
    const { failures } = await collect(files('results.json'));
    expect(failures[0]?.message).toMatch(/and 30 more\.$/);
    expect(failures[0]?.message.length).toBeLessThan(2000);
    await removeTree(output);
    expect((await collect(files('results.json'))).failures[0]?.message).toMatch(/holds no files\.$/);
  });

  test('that nobody requires may be missing', async () => {
    const optional = files('a', '*.csv', 'd/').map((each) => ({ ...each, required: false }));
    expect(await collect(optional)).toEqual({ files: [], missing: [], uploads: [], failures: [], warnings: [] });
  });

  test.each(['../secret', '/etc/passwd', 'a/../../secret', 'a\0b'])('cannot be %j', async (pattern) => {
    await writeFile(join(base, 'secret'), 'canary');
    const { files: found, failures } = await collect(files(pattern));
    expect(found).toEqual([]);
    expect(failures).toMatchObject([
      { code: 'INVALID_REQUEST', message: expect.stringContaining('output.expected_files[0]') },
    ]);
  });

  test('cannot be a pattern that is too complex', async () => {
    const { failures } = await collect(files('{a,b}'.repeat(30)));
    expect(failures).toMatchObject([{ code: 'INVALID_REQUEST', message: expect.stringContaining('too complex') }]);
  });

  test('below a root in no volume are a failure', async () => {
    const { failures } = await collect([
      { kind: 'files', origin: 'outputs[0]', root: '/etc', pattern: 'passwd', required: true },
      { ...upload, root: '/etc' },
      { ...graph, path: '/etc/passwd' },
    ]);
    expect(failures.map(({ code }) => code)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST']);
  });
});

describe('what a container puts in the place of a file', () => {
  beforeEach(() => writeFile(join(base, 'canary'), 'canary'));

  test('a link that is expected is said to be one; what it points to is not read', async () => {
    await symlink(join(base, 'canary'), join(output, 'results.json'));
    await symlink(base, join(output, 'dir'));
    const collected = await collect(files('results.json', 'dir/canary', 'dir/', 'dir/*'));
    expect(collected.files).toEqual([]);
    expect(collected.failures.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^OUTPUT_INVALID The expected results\.json .* a symbolic link\. .*never followed/),
      expect.stringMatching(/^OUTPUT_INVALID The expected dir\/canary .* a symbolic link/),
      expect.stringMatching(/^OUTPUT_INVALID The expected dir\/ .* a symbolic link/),
      expect.stringMatching(/^OUTPUT_MISSING No file matches the expected dir\/\*/),
    ]);
    expect(JSON.stringify(collected)).not.toContain('"canary"');
  });

  test('links: where the output follows them, one that leads out is invalid and left out', async () => {
    await write('a/data.csv', 'data');
    await symlink('a/data.csv', join(output, 'same.csv'));
    await symlink(join(base, 'canary'), join(output, 'out.csv'));
    await symlink('loop.csv', join(output, 'loop.csv'));
    const inside = files('same.csv', 'out.csv', '*.csv').map((each) => ({ ...each, links: 'inside' as const }));
    const collected = await collect([...inside, { kind: 'rest', origin: 'output', root: '/workspace/output' }]);
    expect(collected.files).toMatchObject([{ name: 'same.csv', path: '/workspace/output/same.csv', content: 'data' }]);
    expect(collected.failures).toEqual([
      {
        code: 'OUTPUT_INVALID',
        message: expect.stringMatching(/out\.csv .* links are followed only to files in the same directory/),
      },
    ]);
    expect(collected.warnings).toEqual([
      expect.stringContaining('a/data.csv'),
      expect.stringMatching(/^Not returned, .* links to those .*: loop\.csv \(.*\), out\.csv \(symbolic link\)\.$/),
    ]);
  });

  test('links, FIFOs, sockets and directories below a glob are left out with one warning', async () => {
    await write('a.csv');
    await mkdir(join(output, 'b.csv'));
    await symlink(join(base, 'canary'), join(output, 'c.csv'));
    execFileSync('mkfifo', [join(output, 'd.csv')]);
    const server = createServer().listen(join(output, 'e.csv'));
    await new Promise((resolve) => server.once('listening', resolve));
    const collected = await collect(files('*.csv'));
    await new Promise((resolve) => server.close(resolve));
    expect(names(collected)).toEqual(['a.csv']);
    expect(collected.failures).toEqual([]);
    expect(collected.warnings).toEqual([
      expect.stringMatching(
        /links are never followed: c\.csv \(symbolic link\), d\.csv \(FIFO\), e\.csv \(socket\)\.$/,
      ),
    ]);
  });

  test('the output directory itself as a link is a failure of everything in it', async () => {
    await rename(output, join(base, 'moved'));
    await symlink(base, output);
    const collected = await collect([...files('canary', '*'), upload, graph]);
    expect(collected).toMatchObject({ files: [], uploads: [], missing: ['canary', '*'] });
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_INVALID', message: expect.stringContaining('symbolic link') },
      { code: 'OUTPUT_INVALID' },
    ]);
  });

  test('an output directory inside a volume as a link is not followed either', async () => {
    await symlink(base, join(output, 'output'));
    const collected = await collect(files('canary'), { roots: new Map([['/workspace', output]]) });
    expect(collected).toMatchObject({ files: [], missing: ['canary'], failures: [{ code: 'OUTPUT_INVALID' }] });
  });

  test('a name that is not UTF-8 is left out with a warning that shows it', async () => {
    await write('plain');
    await writeFile(Buffer.concat([Buffer.from(`${output}/odd-`), Buffer.from([0xff])]), 'x');
    const stored = new Map<string, string>();
    const collected = await collect([...files('*'), upload], { store: storeOf(stored) });
    expect(names(collected)).toEqual(['plain']);
    expect([...stored.keys()]).toEqual(['executions/1/output/plain']);
    expect(collected.warnings).toEqual([expect.stringContaining('odd-\\xff')]);
  });

  test('files without any permission are read by root and left out by others, never an error', async () => {
    await write('secret', 'x');
    await chmod(join(output, 'secret'), 0);
    const collected = await collect(files('*'));
    expect(collected.files.length + collected.warnings.length).toBe(1);
  });
});

describe('too much', () => {
  test('sparse files that are longer together than any exact number are counted up to that', async () => {
    const names = Array.from({ length: 1100 }, (_, index) => `sparse-${index}`);
    for (const name of names) {
      await write(name, '');
      await truncate(join(output, name), 2 ** 43);
    }
    const rest: Output = { kind: 'rest', origin: 'output', root };
    const { total, failures } = await collect([rest], { limits: { maxOutputFiles: 2000 } });
    expect(total).toEqual({ files: 1100, bytes: Number.MAX_SAFE_INTEGER });
    expect(failures).toMatchObject([{ code: 'OUTPUT_TOO_LARGE' }]);
  });

  test('more bytes than allowed is a failure; what fits comes back, a sparse giant is not read', async () => {
    await write('a.csv', 'small');
    await write('sparse', '');
    await truncate(join(output, 'sparse'), 2 ** 40);
    const collected = await collect([...files('*'), upload]);
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_TOO_LARGE', message: expect.stringMatching(/1 TiB.*9\.8 KiB.*maxOutputBytes/) },
    ]);
    expect(collected.files).toMatchObject([
      { name: 'a.csv', content: 'small' },
      { name: 'sparse', size: 2 ** 40, truncated: true },
    ]);
    expect(collected.uploads.map(({ name }) => name)).toEqual(['executions/1/output/a.csv']);
  });

  test('more files than allowed is a failure; what was seen comes back, and so does a file that is named', async () => {
    for (let index = 0; index < 20; index += 1) await write(`f${index}`);
    await write('zz', 'named');
    const collected = await collect(files('zz', 'f*'), { limits: { maxOutputFiles: 5 } });
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining('maxOutputFiles') },
    ]);
    expect(names(collected).length).toBeGreaterThanOrEqual(4);
    expect(names(collected)).toContain('zz');
  });

  test('directories nested too deep are a failure; the rest comes back', async () => {
    await write('a/b/c/d', 'deep');
    await write('z', 'flat');
    const collected = await collect(files('**'), { limits: { maxOutputDepth: 2 } });
    expect(names(collected)).toEqual(['z']);
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining('maxOutputDepth') },
    ]);
  });
});

describe('a graph', () => {
  const failureOf = async (content: string | Buffer) => {
    await write('graph_update.json', content);
    const { graph: found, failures } = await collect([graph]);
    expect(found).toBeUndefined();
    return failures.map(({ code, message }) => `${code} ${message}`).join();
  };

  test('comes back as JSON without white space, with every digit', async () => {
    const content =
      '{"nodes": [{"id": 9007199254740993123}], "relationships": [], "metadata": {"π": 3.14159265358979323846}}';
    const expected = content.replaceAll(': ', ':').replaceAll(', ', ',');
    await write('graph_update.json', content);
    expect(await collect([graph])).toMatchObject({ graph: expected, failures: [] });
    await write('graph_update.json', `\ufeff${content}`);
    expect(await collect([graph])).toMatchObject({ graph: expected, failures: [] });
  });

  test('graph update: one that was not written is no failure, and a warning unless it is optional', async () => {
    const none = { files: [], missing: [], uploads: [], failures: [] };
    expect(await collect([{ ...graph, optional: true }])).toEqual({ ...none, warnings: [] });
    const warning = `output.graph_update: the container did not write ${root}/graph_update.json, so there is no graph update.`;
    expect(await collect([graph])).toEqual({ ...none, warnings: [warning] });
  });

  test.each([
    ['{"nodes": [{}, {}, {}, "x"], "relationships": []}', 'nodes[3] is a string, an object is expected'],
    ['{"nodes": [], "relationships": [[]]}', 'relationships[0] is an array, an object is expected'],
    ['{"nodes": [], "relationships": [12345678901234567890]}', 'relationships[0] is a number, an object is expected'],
    ['{"nodes": []}', 'relationships is missing, an array is expected'],
    ['{"nodes": {}, "relationships": []}', 'nodes is an object, an array is expected'],
    ['{"nodes": [], "relationships": [], "metadata": null}', 'metadata is null, an object is expected'],
    ['[]', 'the document is an array, an object is expected'],
    ['null', 'the document is null, an object is expected'],
    ['', 'is not JSON'],
    ['{"nodes": [NaN]}', 'is not JSON'],
    [Buffer.from([0xff]), 'is not UTF-8'],
  ])('that is %s is said to be wrong where it is', async (content, problem) => {
    const failure = await failureOf(content);
    expect(failure).toMatch(/^OUTPUT_INVALID \/workspace\/output\/graph_update\.json /);
    expect(failure).toContain(problem);
  });

  test('that is too large is not parsed', async () => {
    expect(await failureOf(`{"nodes": [${' '.repeat(1000)}], "relationships": []}`)).toMatch(
      /^OUTPUT_TOO_LARGE .*maxGraphBytes/,
    );
  });

  test('that is a link or a directory is not read', async () => {
    await symlink('/etc/passwd', join(output, 'graph_update.json'));
    expect(await collect([graph])).toMatchObject({
      failures: [{ code: 'OUTPUT_INVALID', message: expect.stringContaining('symbolic link') }],
    });
    await removeTree(join(output, 'graph_update.json'));
    await mkdir(join(output, 'graph_update.json'));
    expect(await collect([graph])).toMatchObject({
      failures: [{ code: 'OUTPUT_INVALID', message: expect.stringContaining('a directory') }],
    });
  });
});

describe('an upload', () => {
  test('stores every regular file, and no link, under the prefix', async () => {
    for (const name of ['b', 'a/c', 'a/b']) await write(name, `in ${name}`);
    await symlink('/etc/passwd', join(output, 'link'));
    const stored = new Map<string, string>();
    const { uploads, warnings } = await collect([upload], { store: storeOf(stored) });
    expect(uploads).toEqual([
      { name: 'executions/1/output/a/b', bucket: 'exec-agent', size: 6, sha256: sha256('in a/b') },
      { name: 'executions/1/output/a/c', bucket: 'exec-agent', size: 6, sha256: sha256('in a/c') },
      { name: 'executions/1/output/b', bucket: 'exec-agent', size: 4, sha256: sha256('in b') },
    ]);
    expect(stored.get('executions/1/output/a/b')).toBe('in a/b');
    expect(warnings).toEqual([expect.stringContaining('link (symbolic link)')]);
  });

  test('that fails for one file still stores the others and names the one', async () => {
    for (const name of ['a', 'refused', 'z']) await write(name);
    const { uploads, failures } = await collect([upload]);
    expect(uploads).toHaveLength(2);
    expect(failures).toEqual([
      {
        code: 'STORE_UNAVAILABLE',
        message: 'output.minio_upload: the object executions/1/output/refused was not stored. The store is full.',
      },
    ]);
  });

  test('that fails for every file is reported with a few names', async () => {
    for (let index = 0; index < 30; index += 1) await write(`refused-${index}`);
    const { failures } = await collect([upload]);
    expect(failures).toHaveLength(11);
    expect(failures.at(-1)?.message).toContain('20 more objects');
  });

  test('of an empty directory is nothing', async () => {
    expect(await collect([upload])).toMatchObject({ uploads: [], failures: [], warnings: [] });
  });
});

test('failures are in the order of the outputs that met them', async () => {
  await write('graph_update.json', 'no');
  const { failures } = await collect([graph, ...files('a'), upload]);
  expect(failures.map(({ code }) => code)).toEqual(['OUTPUT_INVALID', 'OUTPUT_MISSING']);
});

test('collecting again gives the same', async () => {
  for (const name of ['a', 'b/c']) await write(name);
  await symlink('a', join(output, 'l'));
  const outputs = [...files('**', 'none'), upload];
  expect(await collect(outputs)).toEqual(await collect(outputs));
});

test('an abort ends the collection with its reason, also during an upload', async () => {
  await write('a');
  await expect(collect(files('a'), { signal: AbortSignal.abort(new Error('canceled')) })).rejects.toThrow('canceled');
  const controller = new AbortController();
  const store: ObjectStore = {
    ...storeOf(new Map()),
    put: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        controller.abort(new Error('canceled'));
      }),
  };
  await expect(collect([upload], { store, signal: controller.signal })).rejects.toThrow('canceled');
});

describe('secrets', () => {
  const overflow = {
    kind: 'overflow',
    origin: 'output',
    name: 'executions/1/answer.json',
    fields: { files: 'output_files', uploads: 'minio_objects', uploadName: 'object_name', graph: 'graph_update' },
  } as const;
  const graphOutput = { kind: 'graph', origin: 'output.graph_update', path: `${root}/graph_update.json` } as const;

  test('secrets: are hidden in contents and graph, also in the object that takes what the response has no room for', async () => {
    await writeFile(join(output, 'a.txt'), 'key 48213377 end');
    await writeFile(join(output, 'b.txt'), 'nothing');
    await writeFile(join(output, 'graph_update.json'), '{"nodes":[{"id":48213377}],"relationships":[]}');
    const objects = new Map<string, string>();
    const outputs = [...files('*.txt'), graphOutput, overflow];
    const secrets = ['48213377'];
    const inline = await collect(outputs, { secrets });
    expect(inline.files).toMatchObject([
      { name: 'a.txt', content: 'key *** end' },
      { name: 'b.txt', content: 'nothing' },
    ]);
    expect(inline.files.map(({ sha256 }) => sha256 === undefined)).toEqual([true, false]);
    expect(inline.graph).toBe('{"nodes":[{"id":"***"}],"relationships":[]}');
    expect(inline.warnings.join()).toContain('hidden in the returned content of a.txt');
    const moved = await collect(outputs, { secrets, roomBytes: 10, store: storeOf(objects) });
    expect(moved.overflow).toMatchObject({ name: overflow.name });
    const stored = objects.get(overflow.name) ?? '';
    expect(stored).not.toContain('48213377');
    expect(JSON.parse(stored)).toMatchObject({ graph_update: { nodes: [{ id: '***' }] } });
  });

  test('secrets: a graph in which one cannot be hidden is not returned', async () => {
    await writeFile(join(output, 'graph_update.json'), '{"nodes":[{"id":1}],"relationships":[]}');
    const { graph, failures } = await collect([graphOutput], { secrets: ['[{"id":1}]'] });
    expect(graph).toBeUndefined();
    expect(failures).toMatchObject([{ code: 'OUTPUT_INVALID', message: expect.stringContaining('secret') }]);
  });
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
    await write(name);
    await write('other/file.txt');
    const { files: found, failures } = await collect(files(name));
    expect(failures).toEqual([]);
    expect(found.map((file) => file.name)).toEqual([name]);
  });

  test.each(['d[1]/', 'e{1,2}/', '*/', 'e{1,2}/f/'])('output_files: has what is in the directory %s', async (name) => {
    await write(`${name}in.txt`);
    const { files: found, failures } = await collect(files(name));
    expect(failures).toEqual([]);
    expect(found.map((file) => file.name)).toEqual([`${name}in.txt`]);
  });

  test('output_files: a link by that name is refused, not matched as a glob', async () => {
    await symlink('/etc/passwd', join(output, '[a]'));
    expect((await collect(files('[a]'))).failures).toMatchObject([{ code: 'OUTPUT_INVALID' }]);
  });
});

test.each(['./', '.', 'a/..'])('output_files: has every file for the pattern %s', async (pattern) => {
  await write('a.txt');
  await write('b/c.txt');
  const { files: found } = await collect(files(pattern));
  expect(found.map((file) => file.name)).toEqual(['a.txt', 'b/c.txt']);
});

test('output_files: what an output directory holds is described once, however many files are missing', async () => {
  await write('a.txt');
  const { failures } = await collect(files(...Array.from({ length: 300 }, (_, at) => `missing-${at}`)));
  expect(failures).toHaveLength(300);
  expect(failures.at(-1)?.message).toContain('/workspace/output holds: a.txt.');
});

describe('files that no one asked for', () => {
  test('unasked files: are named with their sizes, and all files are counted', async () => {
    await write('asked.txt', 'abc');
    await write('put.txt', 'abc');
    await write('graph_update.json', '{"nodes":[],"relationships":[]}');
    await write('deep/left.txt', 'x'.repeat(2048));
    await write('left', '');
    await symlink('/etc/passwd', join(output, 'link'));
    const put: Output = {
      kind: 'put',
      origin: 'p',
      root,
      name: 'put.txt',
      to: { kind: 'object', bucket: 'b', name: 'n' },
    };
    const collected = await collect([...files('asked.txt'), graph, put, rest]);
    expect(collected.total).toEqual({ files: 5, bytes: 3 + 3 + 31 + 2048 });
    expect(collected.failures).toEqual([]);
    expect(collected.warnings).toEqual([
      'Not returned, because the request does not ask for it: deep/left.txt (2 KiB), left (0 B). To get such files, name them in outputs.files, or set outputs.upload.',
      'Not returned, because only regular files are and links are never followed: link (symbolic link).',
    ]);
  });

  test('unasked files: there are none where everything is uploaded or matched, or there is nothing', async () => {
    expect(await collect([rest])).toMatchObject({ total: { files: 0, bytes: 0 }, warnings: [], failures: [] });
    await write('a/b', 'x');
    for (const all of [upload, ...files('./', '**')])
      expect(await collect([all, rest])).toMatchObject({ total: { files: 1, bytes: 1 }, warnings: [] });
  });

  test('unasked files: the first ten are named and the others counted, within the limit on files', async () => {
    for (let index = 0; index < 60; index += 1) await write(`f${String(index).padStart(2, '0')}`);
    const collected = await collect([rest]);
    expect(collected.warnings[0]).toMatch(/ask for it: (f\d\d \(1 B\)(, | )){10}and 40 more\./);
    expect(collected.failures).toMatchObject([{ code: 'OUTPUT_TOO_LARGE' }]);
  });

  test('unasked files: every file is returned, or named, or counted, for any patterns', async () => {
    const name = fc.stringMatching(/^[ab]{1,2}(\/[ab])?$/);
    const pattern = fc.constantFrom('a', 'b', '*', '**', 'a/', 'a*', 'b/*', '?');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { maxLength: 8 }),
        fc.array(pattern, { maxLength: 3 }),
        async (all, patterns) => {
          await removeTree(output);
          await mkdir(output);
          const written = new Set<string>();
          for (const each of all)
            await write(each).then(
              () => written.add(each),
              () => 'one of them is a file where another needs a directory',
            );
          const collected = await collect([...files(...patterns), rest]);
          const named = /ask for it: ([^.]*)\./.exec(collected.warnings.join())?.[1] ?? '';
          const unasked = named === '' ? [] : named.split(', ').map((text) => text.replace(' (1 B)', ''));
          expect([...names(collected), ...unasked].sort()).toEqual([...written].sort());
          expect(collected.total).toEqual({ files: written.size, bytes: written.size });
        },
      ),
      { numRuns: 50 },
    );
  });
});
