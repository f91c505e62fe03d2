import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Output } from '../../wire/plan/plan.ts';
import { plainText } from '../../wire/sentence.ts';
import { createOutputCollector } from '../create-output-collector.ts';
import { createPutOnlyStore } from '../put-only-store.contract.ts';

const root = '/data/out';
let base = '';
let out = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'chosen-'));
  out = join(base, 'data', 'out');
  await mkdir(join(out, 'sub'), { recursive: true });
  await writeFile(join(base, 'data', 'secret'), 'secret');
  await writeFile(join(out, 'a.txt'), 'a');
  await writeFile(join(out, 'sub', 'b.txt'), 'b');
});
afterEach(() => rm(base, { recursive: true }));

/** What arrives, by name of the object. */
async function collect(output: Output) {
  const objects = new Map<string, string>();
  const store = createPutOnlyStore((name, content) => void objects.set(name, content));
  const limits = {
    maxFileContentBytes: 100,
    maxAnswerContentBytes: 100_000,
    maxOutputBytes: 10_000,
    maxOutputFiles: 100,
    maxGraphBytes: 1000,
    uploadConcurrency: 2,
  };
  const roots = new Map([['/data', join(base, 'data')]]);
  const collected = await createOutputCollector({ store, limits })(roots, [output], new AbortController().signal);
  return { objects: Object.fromEntries(objects), ...collected, warnings: collected.warnings.map(plainText) };
}

const upload = { kind: 'upload', origin: 'outputs[0]', root, prefix: 'to' } as const;
const put = { kind: 'put', origin: 'outputs[0]', root, to: { kind: 'object', bucket: 'b', name: 'to' } } as const;

test('an upload with a pattern: takes what matches, by its name below the root', async () => {
  expect((await collect({ ...upload, pattern: '*.txt' })).objects).toEqual({ 'to/a.txt': 'a' });
  expect((await collect({ ...upload, pattern: '*/*.txt' })).objects).toEqual({ 'to/sub/b.txt': 'b' });
  const none = await collect({ ...upload, pattern: '*.csv' });
  expect(none).toMatchObject({ objects: {}, failures: [] });
  expect(none.warnings.join()).toMatch(/^outputs\[0\]: no file in \/data\/out matches \*\.csv; /);
});

test('links inside: one to a file below the root is that file, others are named', async () => {
  await symlink('a.txt', join(out, 'same'));
  await symlink('../a.txt', join(out, 'sub', 'up'));
  await symlink('/data/out/sub/b.txt', join(out, 'absolute'));
  await symlink('same', join(out, 'chain'));
  await symlink('../secret', join(out, 'leaves'));
  await symlink('/etc/passwd', join(out, 'host'));
  await symlink('sub', join(out, 'directory'));
  await symlink('loop', join(out, 'loop'));
  const { objects, warnings, failures } = await collect({ ...upload, links: 'inside' });
  expect(objects).toEqual({
    'to/a.txt': 'a',
    'to/absolute': 'b',
    'to/chain': 'a',
    'to/same': 'a',
    'to/sub/b.txt': 'b',
    'to/sub/up': 'a',
  });
  expect(failures).toEqual([]);
  for (const name of ['leaves', 'host', 'directory', 'loop'])
    expect(warnings.join()).toContain(`${name} (symbolic link)`);
  const plain = await collect(upload);
  expect(Object.keys(plain.objects)).toEqual(['to/a.txt', 'to/sub/b.txt']);
});

test('links inside: a single file may be such a link', async () => {
  await symlink('sub/b.txt', join(out, 'link'));
  await symlink('../secret', join(out, 'leaves'));
  expect((await collect({ ...put, name: 'link', links: 'inside' })).objects).toEqual({ to: 'b' });
  for (const output of [
    { ...put, name: 'link' },
    { ...put, name: 'leaves', links: 'inside' as const },
  ])
    expect(await collect(output)).toMatchObject({ objects: {}, failures: [{ code: 'OUTPUT_INVALID' }] });
});

test('links inside: no link leads to anything outside', async () => {
  const part = fc.constantFrom('..', '.', '', 'sub', 'link', 'a.txt', 'secret', 'data', 'out', 'more');
  await symlink('..', join(out, 'more'));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), fc.boolean(), async (parts, isAbsolute) => {
      const target = `${isAbsolute ? '/' : ''}${parts.join('/')}` || '.';
      await rm(join(out, 'link'), { force: true });
      await symlink(target, join(out, 'link'));
      const { objects } = await collect({ ...upload, links: 'inside' });
      for (const content of Object.values(objects)) expect(['a', 'b']).toContain(content);
    }),
    { numRuns: 100 },
  );
});

test('an optional file: is a warning when it is missing, also in a directory that is missing', async () => {
  for (const name of ['none', 'no/such/file']) {
    const { failures, warnings, missing } = await collect({ ...put, name, optional: true });
    expect({ failures, missing }).toEqual({ failures: [], missing: [] });
    expect(warnings).toEqual([`outputs[0]: the file /data/out/${name} was not written.`]);
  }
});
