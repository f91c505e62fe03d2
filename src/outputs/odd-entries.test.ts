import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Output } from '../wire/plan/plan.ts';
import {
  files,
  graph,
  names,
  type OutputBench,
  openOutputBench,
  root,
  storeOf,
  upload,
} from './output-bench.contract.ts';

let bench: OutputBench;

beforeEach(async () => {
  bench = await openOutputBench();
});
afterEach(() => bench.close());

describe('what a container puts in the place of a file', () => {
  beforeEach(() => writeFile(join(bench.base, 'canary'), 'canary'));

  test('a link that is expected is said to be one; what it points to is not read', async () => {
    await symlink(join(bench.base, 'canary'), join(bench.output, 'results.json'));
    await symlink(bench.base, join(bench.output, 'dir'));
    const collected = await bench.collect(files('results.json', 'dir/canary', 'dir/', 'dir/*'));
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
    await bench.write('a/data.csv', 'data');
    await symlink('a/data.csv', join(bench.output, 'same.csv'));
    await symlink(join(bench.base, 'canary'), join(bench.output, 'out.csv'));
    await symlink('loop.csv', join(bench.output, 'loop.csv'));
    const inside = files('same.csv', 'out.csv', '*.csv').map((each) => ({ ...each, links: 'inside' as const }));
    const collected = await bench.collect([...inside, { kind: 'rest', origin: 'output', root: '/workspace/output' }]);
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
    await bench.write('a.csv');
    await mkdir(join(bench.output, 'b.csv'));
    await symlink(join(bench.base, 'canary'), join(bench.output, 'c.csv'));
    execFileSync('mkfifo', [join(bench.output, 'd.csv')]);
    const server = createServer().listen(join(bench.output, 'e.csv'));
    await new Promise((resolve) => server.once('listening', resolve));
    const collected = await bench.collect(files('*.csv'));
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
    await rename(bench.output, join(bench.base, 'moved'));
    await symlink(bench.base, bench.output);
    const collected = await bench.collect([...files('canary', '*'), upload, graph]);
    expect(collected).toMatchObject({ files: [], uploads: [], missing: ['canary', '*'] });
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_INVALID', message: expect.stringContaining('symbolic link') },
      { code: 'OUTPUT_INVALID' },
    ]);
  });

  test('an output directory inside a volume as a link is not followed either', async () => {
    await symlink(bench.base, join(bench.output, 'output'));
    const collected = await bench.collect(files('canary'), { roots: new Map([['/workspace', bench.output]]) });
    expect(collected).toMatchObject({ files: [], missing: ['canary'], failures: [{ code: 'OUTPUT_INVALID' }] });
  });

  test('a name that is not UTF-8 is left out with a warning that shows it', async () => {
    await bench.write('plain');
    await writeFile(Buffer.concat([Buffer.from(`${bench.output}/odd-`), Buffer.from([0xff])]), 'x');
    const stored = new Map<string, string>();
    const collected = await bench.collect([...files('*'), upload], { store: storeOf(stored) });
    expect(names(collected)).toEqual(['plain']);
    expect([...stored.keys()]).toEqual(['executions/1/output/plain']);
    expect(collected.warnings).toEqual([expect.stringContaining('odd-\\xff')]);
  });

  test('files without any permission are read by root and left out by others, never an error', async () => {
    await bench.write('secret', 'x');
    await chmod(join(bench.output, 'secret'), 0);
    const collected = await bench.collect(files('*'));
    expect(collected.files.length + collected.warnings.length).toBe(1);
  });
});

describe('too much', () => {
  test('sparse files that are longer together than any exact number are counted up to that', async () => {
    const names = Array.from({ length: 1100 }, (_, index) => `sparse-${index}`);
    for (const name of names) {
      await bench.write(name, '');
      await truncate(join(bench.output, name), 2 ** 43);
    }
    const rest: Output = { kind: 'rest', origin: 'output', root };
    const { total, failures } = await bench.collect([rest], { limits: { maxOutputFiles: 2000 } });
    expect(total).toEqual({ files: 1100, bytes: Number.MAX_SAFE_INTEGER });
    expect(failures).toMatchObject([{ code: 'OUTPUT_TOO_LARGE' }]);
  });

  test('more bytes than allowed is a failure; what fits comes back, a sparse giant is not read', async () => {
    await bench.write('a.csv', 'small');
    await bench.write('sparse', '');
    await truncate(join(bench.output, 'sparse'), 2 ** 40);
    const collected = await bench.collect([...files('*'), upload]);
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
    for (let index = 0; index < 20; index += 1) await bench.write(`f${index}`);
    await bench.write('zz', 'named');
    const collected = await bench.collect(files('zz', 'f*'), { limits: { maxOutputFiles: 5 } });
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining('maxOutputFiles') },
    ]);
    expect(names(collected).length).toBeGreaterThanOrEqual(4);
    expect(names(collected)).toContain('zz');
  });

  test('directories nested too deep are a failure; the rest comes back', async () => {
    await bench.write('a/b/c/d', 'deep');
    await bench.write('z', 'flat');
    const collected = await bench.collect(files('**'), { limits: { maxOutputDepth: 2 } });
    expect(names(collected)).toEqual(['z']);
    expect(collected.failures).toMatchObject([
      { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining('maxOutputDepth') },
    ]);
  });
});
