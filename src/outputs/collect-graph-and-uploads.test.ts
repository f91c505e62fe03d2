import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import {
  files,
  graph,
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

describe('a graph', () => {
  const failureOf = async (content: string | Buffer) => {
    await bench.write('graph_update.json', content);
    const { graph: found, failures } = await bench.collect([graph]);
    expect(found).toBeUndefined();
    return failures.map(({ code, message }) => `${code} ${message}`).join();
  };

  test('comes back as JSON without white space, with every digit', async () => {
    const content =
      '{"nodes": [{"id": 9007199254740993123}], "relationships": [], "metadata": {"π": 3.14159265358979323846}}';
    const expected = content.replaceAll(': ', ':').replaceAll(', ', ',');
    await bench.write('graph_update.json', content);
    expect(await bench.collect([graph])).toMatchObject({ graph: expected, failures: [] });
    await bench.write('graph_update.json', `\ufeff${content}`);
    expect(await bench.collect([graph])).toMatchObject({ graph: expected, failures: [] });
  });

  test('graph update: one that was not written is no failure, and a warning unless it is optional', async () => {
    const none = { files: [], missing: [], uploads: [], failures: [] };
    expect(await bench.collect([{ ...graph, optional: true }])).toEqual({ ...none, warnings: [] });
    const warning = `output.graph_update: the container did not write ${root}/graph_update.json, so there is no graph update.`;
    expect(await bench.collect([graph])).toEqual({ ...none, warnings: [warning] });
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
    await symlink('/etc/passwd', join(bench.output, 'graph_update.json'));
    expect(await bench.collect([graph])).toMatchObject({
      failures: [{ code: 'OUTPUT_INVALID', message: expect.stringContaining('symbolic link') }],
    });
    await removeTree(join(bench.output, 'graph_update.json'));
    await mkdir(join(bench.output, 'graph_update.json'));
    expect(await bench.collect([graph])).toMatchObject({
      failures: [{ code: 'OUTPUT_INVALID', message: expect.stringContaining('a directory') }],
    });
  });
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
    await writeFile(join(bench.output, 'a.txt'), 'key 48213377 end');
    await writeFile(join(bench.output, 'b.txt'), 'nothing');
    await writeFile(join(bench.output, 'graph_update.json'), '{"nodes":[{"id":48213377}],"relationships":[]}');
    const objects = new Map<string, string>();
    const outputs = [...files('*.txt'), graphOutput, overflow];
    const secrets = ['48213377'];
    const inline = await bench.collect(outputs, { secrets });
    expect(inline.files).toMatchObject([
      { name: 'a.txt', content: 'key *** end' },
      { name: 'b.txt', content: 'nothing' },
    ]);
    expect(inline.files.map(({ sha256 }) => sha256 === undefined)).toEqual([true, false]);
    expect(inline.graph).toBe('{"nodes":[{"id":"***"}],"relationships":[]}');
    expect(inline.warnings.join()).toContain('hidden in the returned content of a.txt');
    const moved = await bench.collect(outputs, { secrets, roomBytes: 10, store: storeOf(objects) });
    expect(moved.overflow).toMatchObject({ name: overflow.name });
    const stored = objects.get(overflow.name) ?? '';
    expect(stored).not.toContain('48213377');
    expect(JSON.parse(stored)).toMatchObject({ graph_update: { nodes: [{ id: '***' }] } });
  });

  test('secrets: a graph in which one cannot be hidden is not returned', async () => {
    await writeFile(join(bench.output, 'graph_update.json'), '{"nodes":[{"id":1}],"relationships":[]}');
    const { graph, failures } = await bench.collect([graphOutput], { secrets: ['[{"id":1}]'] });
    expect(graph).toBeUndefined();
    expect(failures).toMatchObject([{ code: 'OUTPUT_INVALID', message: expect.stringContaining('secret') }]);
  });
});
describe('an upload', () => {
  test('stores every regular file, and no link, under the prefix', async () => {
    for (const name of ['b', 'a/c', 'a/b']) await bench.write(name, `in ${name}`);
    await symlink('/etc/passwd', join(bench.output, 'link'));
    const stored = new Map<string, string>();
    const { uploads, warnings } = await bench.collect([upload], { store: storeOf(stored) });
    expect(uploads).toEqual([
      { name: 'executions/1/output/a/b', bucket: 'exec-agent', size: 6, sha256: sha256('in a/b') },
      { name: 'executions/1/output/a/c', bucket: 'exec-agent', size: 6, sha256: sha256('in a/c') },
      { name: 'executions/1/output/b', bucket: 'exec-agent', size: 4, sha256: sha256('in b') },
    ]);
    expect(stored.get('executions/1/output/a/b')).toBe('in a/b');
    expect(warnings).toEqual([expect.stringContaining('link (symbolic link)')]);
  });

  test('that fails for one file still stores the others and names the one', async () => {
    for (const name of ['a', 'refused', 'z']) await bench.write(name);
    const { uploads, failures } = await bench.collect([upload]);
    expect(uploads).toHaveLength(2);
    expect(failures).toEqual([
      {
        code: 'STORE_UNAVAILABLE',
        message: 'output.minio_upload: the object executions/1/output/refused was not stored. The store is full.',
      },
    ]);
  });

  test('that fails for every file is reported with a few names', async () => {
    for (let index = 0; index < 30; index += 1) await bench.write(`refused-${index}`);
    const { failures } = await bench.collect([upload]);
    expect(failures).toHaveLength(11);
    expect(failures.at(-1)?.message).toContain('20 more objects');
  });

  test('of an empty directory is nothing', async () => {
    expect(await bench.collect([upload])).toMatchObject({ uploads: [], failures: [], warnings: [] });
  });
});
