import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Output } from '../wire/plan/plan.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { files, graph, names, type OutputBench, openOutputBench, rest, root, upload } from './output-bench.contract.ts';

let bench: OutputBench;

beforeEach(async () => {
  bench = await openOutputBench();
});
afterEach(() => bench.close());

describe('files that no one asked for', () => {
  test('unasked files: are named with their sizes, and all files are counted', async () => {
    await bench.write('asked.txt', 'abc');
    await bench.write('put.txt', 'abc');
    await bench.write('graph_update.json', '{"nodes":[],"relationships":[]}');
    await bench.write('deep/left.txt', 'x'.repeat(2048));
    await bench.write('left', '');
    await symlink('/etc/passwd', join(bench.output, 'link'));
    const put: Output = {
      kind: 'put',
      origin: 'p',
      root,
      name: 'put.txt',
      to: { kind: 'object', bucket: 'b', name: 'n' },
    };
    const collected = await bench.collect([...files('asked.txt'), graph, put, rest]);
    expect(collected.total).toEqual({ files: 5, bytes: 3 + 3 + 31 + 2048 });
    expect(collected.failures).toEqual([]);
    expect(collected.warnings).toEqual([
      'Not returned, because the request does not ask for it: deep/left.txt (2 KiB), left (0 B). To get such files, name them in outputs.files, or set outputs.upload.',
      'Not returned, because only regular files are and links are never followed: link (symbolic link).',
    ]);
  });

  test('unasked files: there are none where everything is uploaded or matched, or there is nothing', async () => {
    expect(await bench.collect([rest])).toMatchObject({ total: { files: 0, bytes: 0 }, warnings: [], failures: [] });
    await bench.write('a/b', 'x');
    for (const all of [upload, ...files('./', '**')])
      expect(await bench.collect([all, rest])).toMatchObject({ total: { files: 1, bytes: 1 }, warnings: [] });
  });

  test('unasked files: the first ten are named and the others counted, within the limit on files', async () => {
    for (let index = 0; index < 60; index += 1) await bench.write(`f${String(index).padStart(2, '0')}`);
    const collected = await bench.collect([rest]);
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
          await removeTree(bench.output);
          await mkdir(bench.output);
          const written = new Set<string>();
          for (const each of all)
            await bench.write(each).then(
              () => written.add(each),
              () => 'one of them is a file where another needs a directory',
            );
          const collected = await bench.collect([...files(...patterns), rest]);
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
