import { mkdir, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ObjectStore } from '../objects/object-store.ts';
import { ExecError } from '../support/exec-error.ts';
import type { Input } from '../wire/plan/plan.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { createInputStager, type InputLimits } from './create-input-stager.ts';
import { decodeContent } from './decode-content.ts';
import type { OpenUrl } from './urls/open-url.ts';

let root = '';
let roots = new Map<string, string>();
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'inputs-'));
  roots = new Map([
    ['/workspace/input', join(root, 'input')],
    ['/workspace/config', join(root, 'config')],
  ]);
  for (const directory of roots.values()) await mkdir(directory);
});
afterEach(() => removeTree(root));

/** A store of objects in memory; each body comes from a function so that a test can make it stall. */
function storeOf(objects: Readonly<Record<string, string | (() => Readable)>>): ObjectStore {
  const bodyOf = (content: string | (() => Readable)) =>
    typeof content === 'string' ? Readable.from([Buffer.from(content)]) : content();
  return {
    name: 'memory',
    defaultBucket: 'exec-agent',
    async get({ name }) {
      const content = objects[name];
      if (content === undefined) throw new ExecError('INPUT_NOT_FOUND', 'no such object');
      return { name, size: typeof content === 'string' ? Buffer.byteLength(content) : 0, body: bodyOf(content) };
    },
    async *list({ name: prefix }) {
      for (const name of Object.keys(objects).toSorted()) if (name.startsWith(prefix)) yield { name, size: 0 };
    },
    put: () => Promise.reject(new Error('inputs put nothing')),
    remove: () => Promise.reject(new Error('inputs remove nothing')),
  };
}

const wide: InputLimits = { maxInputBytes: 1000, maxInputFiles: 10, concurrency: 2 };

function stage(
  inputs: readonly Input[],
  options: { store?: ObjectStore; openUrl?: OpenUrl; limits?: Partial<InputLimits>; signal?: AbortSignal } = {},
) {
  const { store = storeOf({}), openUrl, limits = {}, signal = new AbortController().signal } = options;
  const urls = openUrl === undefined ? {} : { openUrl };
  return createInputStager({ store, ...urls, limits: { ...wide, ...limits } })(roots, inputs, signal);
}

function inline(
  path: string,
  content: string,
  more: { encoding?: 'utf8' | 'base64'; mode?: number; origin?: string } = {},
): Input {
  return { kind: 'inline', origin: 'input.files[0]', path, content, encoding: 'utf8', ...more };
}
function object(name: string, path: string, origin = 'input.minio_objects[0]'): Input {
  return { kind: 'object', origin, path, name };
}
function prefix(name: string, path: string): Input {
  return { kind: 'prefix', origin: 'input.minio_objects[1]', path, prefix: name };
}

test('text, base64 and objects become files that anyone may read, in the volume of their path', async () => {
  const report = await stage(
    [
      inline('/workspace/input/deep/er/script.py', 'print("é")'),
      inline('/workspace/input/bin', '/wA=\n', { encoding: 'base64' }),
      inline('/workspace/config/run.sh', '#!/bin/sh', { mode: 0o755 }),
      object('data/input.csv', '/workspace/input/input.csv'),
    ],
    { store: storeOf({ 'data/input.csv': 'a,b' }) },
  );
  expect(report).toEqual({ files: 4, bytes: 11 + 2 + 9 + 3, warnings: [] });
  expect(await readFile(join(root, 'input/deep/er/script.py'), 'utf8')).toBe('print("é")');
  expect(await readFile(join(root, 'input/bin'))).toEqual(Buffer.from([255, 0]));
  expect(await readFile(join(root, 'input/input.csv'), 'utf8')).toBe('a,b');
  expect((await stat(join(root, 'input/input.csv'))).mode & 0o777).toBe(0o644);
  expect((await stat(join(root, 'config/run.sh'))).mode & 0o777).toBe(0o755);
});

test('a prefix fetches every object below it and no other', async () => {
  const store = storeOf({ 'data/a': '1', 'data/b/c': '2', 'data/empty/': '', database: '3' });
  expect(await stage([prefix('data/', '/workspace/input')], { store })).toMatchObject({ files: 2 });
  expect(await stage([prefix('data', '/workspace/input/copy')], { store })).toMatchObject({ files: 2 });
  expect(await readdir(join(root, 'input'), { recursive: true })).toEqual(
    expect.arrayContaining(['a', 'b/c', 'copy/a', 'copy/b/c']),
  );
});

test('staging again replaces what a broken-off staging left', async () => {
  await stage([inline('/workspace/input/a', 'half, but longer')]);
  await stage([inline('/workspace/input/a', 'whole')]);
  expect(await readFile(join(root, 'input/a'), 'utf8')).toBe('whole');
});

test('inputs: the error of a missing object names its input, its bucket and the fix', async () => {
  const failure = stage([object('data/none.csv', '/workspace/input/none.csv')]);
  await expect(failure).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    message:
      'input.minio_objects[0]: there is no object "data/none.csv" in the bucket "exec-agent". Upload it first, or correct its name.',
  });
  await expect(stage([prefix('none/', '/workspace/input')])).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    message: expect.stringMatching(/^input\.minio_objects\[1\]: .*"exec-agent".*"none\/"/),
  });
});

test('inputs: the failure of a store names the input that met it', async () => {
  const broken = () =>
    new Readable({
      read() {
        this.destroy(new ExecError('STORE_UNAVAILABLE', 'the store went away'));
      },
    });
  await expect(stage([object('a', '/workspace/input/a')], { store: storeOf({ a: broken }) })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'input.minio_objects[0]: the store went away',
  });
  expect(await readdir(join(root, 'input'))).toEqual([]);
});

test.each(['%%%', 'YWI', 'YW=I', 'YWI=YWI=', 'YW_-', 'é'])('%j is refused as base64', async (content) => {
  await expect(stage([inline('/workspace/input/a', content, { encoding: 'base64' })])).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(/^input\.files\[0\]: the content is not valid base64/),
  });
});

test('any bytes survive base64', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(decodeContent(buffer.toString('base64'), 'base64').equals(buffer)).toBe(true);
    }),
  );
});

test('inputs larger than allowed are refused, however they come', async () => {
  const tooLarge = expect.objectContaining({ code: 'INPUT_TOO_LARGE', message: expect.stringContaining('10 B') });
  const limits = { maxInputBytes: 10 };
  const text = (path: string) => inline(path, 'x'.repeat(6));
  await expect(stage([text('/workspace/input/a'), text('/workspace/input/b')], { limits })).rejects.toEqual(tooLarge);
  const told = storeOf({ a: 'x'.repeat(11) });
  await expect(stage([object('a', '/workspace/input/a')], { store: told, limits })).rejects.toEqual(tooLarge);
  const untold = storeOf({ a: () => Readable.from([Buffer.alloc(6), Buffer.alloc(6)]) });
  await expect(stage([object('a', '/workspace/input/c')], { store: untold, limits })).rejects.toEqual(tooLarge);
});

test('more files than allowed are refused before any is fetched', async () => {
  const store = storeOf({ 'd/1': '', 'd/2': '', 'd/3': '' });
  await expect(
    stage([prefix('d/', '/workspace/input')], { store, limits: { maxInputFiles: 2 } }),
  ).rejects.toMatchObject({
    code: 'INPUT_TOO_LARGE',
    message: expect.stringContaining('maxInputFiles'),
  });
  expect(await readdir(join(root, 'input'))).toEqual([]);
});

test('two inputs for one path are refused, naming both', async () => {
  const store = storeOf({ 'd/a': '' });
  const both = [inline('/workspace/input/a', 'x'), prefix('d/', '/workspace/input')];
  await expect(stage(both, { store })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(/^input\.minio_objects\[1\]: .*"\/workspace\/input\/a".*input\.files\[0\]/),
  });
});

test.each([
  [['a', 'a/b']],
  [['a/b/c', 'a']],
])('a file and a file below it (%j) are refused, naming both', async (paths) => {
  const inputs = paths.map((path, index) =>
    inline(`/workspace/input/${path}`, '', { origin: `input.files[${index}]` }),
  );
  const failure = expect.objectContaining({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(/input\.files\[0\].*input\.files\[1\]|input\.files\[1\].*input\.files\[0\]/),
  });
  await expect(stage(inputs)).rejects.toEqual(failure);
});

test.each([
  '/etc/passwd',
  '/workspace/input/../../x',
  '/workspace/input',
  '/workspace/output/x',
  'x',
  `/workspace/input/${'n'.repeat(256)}`,
])('the path %j is refused', async (path) => {
  await expect(stage([inline(path, 'x')])).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(/^input\.files\[0\]: the path/),
  });
});

test('an object name that would leave the directory of its prefix is refused', async () => {
  for (const name of ['d/../../x', 'd//x', 'd/./x', 'd/a\0b']) {
    await expect(stage([prefix('d/', '/workspace/input')], { store: storeOf({ [name]: 'x' }) })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  }
  expect(await readdir(root)).toEqual(['config', 'input']);
});

test('objects are fetched side by side, but never more at once than allowed', async () => {
  let running = 0;
  let most = 0;
  const body = () => {
    running += 1;
    most = Math.max(most, running);
    return Readable.from(
      (async function* () {
        yield Buffer.from('x');
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      })(),
    );
  };
  const names = Array.from({ length: 9 }, (_, index) => `o${index}`);
  const store = storeOf(Object.fromEntries(names.map((name) => [name, body])));
  await stage(
    names.map((name) => object(name, `/workspace/input/${name}`)),
    { store, limits: { concurrency: 3 } },
  );
  expect(most).toBe(3);
});

test('an abort ends a download that stalls, with its reason and without half a file', async () => {
  const stalled = new PassThrough();
  stalled.write('some');
  const controller = new AbortController();
  const staging = stage([object('a', '/workspace/input/a')], {
    store: storeOf({ a: () => stalled }),
    signal: controller.signal,
  });
  controller.abort(new Error('canceled'));
  await expect(staging).rejects.toThrow('canceled');
  expect(await readdir(join(root, 'input'))).toEqual([]);
});

const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

function byUrl(url: string, path: string, sha256?: string): Input {
  return { kind: 'url', origin: 'input.objects[0]', path, url, ...(sha256 === undefined ? {} : { sha256 }) };
}

test('what stands at a URL becomes a file, and its bytes count', async () => {
  const asked: string[] = [];
  const openUrl: OpenUrl = async (url) => {
    asked.push(url.href);
    return { body: Readable.from([Buffer.from('a'), Buffer.from('bc')]), size: undefined };
  };
  const input = byUrl('https://files.example.com/abc?token=1', '/workspace/input/abc', sha256OfAbc.toUpperCase());
  expect(await stage([input], { openUrl })).toEqual({ files: 1, bytes: 3, warnings: [] });
  expect(await readFile(join(root, 'input/abc'), 'utf8')).toBe('abc');
  expect(asked).toEqual(['https://files.example.com/abc?token=1']);
});

test.each([
  ['a URL', byUrl('https://files.example.com/abc', '/workspace/input/abc', sha256OfAbc)],
  ['an object', { ...object('abc', '/workspace/input/abc', 'input.objects[0]'), sha256: sha256OfAbc }],
])('%s with other content than the checksum says is refused, and no file is left', async (_what, input) => {
  const openUrl: OpenUrl = async () => ({ body: Readable.from([Buffer.from('abd')]), size: 3 });
  const staging = stage([input], { openUrl, store: storeOf({ abc: 'abd' }) });
  await expect(staging).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    message: expect.stringMatching(/^input\.objects\[0]: .*SHA-256 checksum a52d159f.*, not ba7816bf/),
  });
  expect(await readdir(join(root, 'input'))).toEqual([]);
});

test('an object with the content that its checksum says is fetched', async () => {
  const input = { ...object('abc', '/workspace/input/abc'), sha256: sha256OfAbc };
  expect(await stage([input], { store: storeOf({ abc: 'abc' }) })).toMatchObject({ files: 1, bytes: 3 });
});

test('a connection that breaks in the middle is the far side’s fault, said without the URL’s secrets', async () => {
  const openUrl: OpenUrl = async () => {
    const body = new PassThrough();
    body.write('half');
    setImmediate(() => body.destroy(new Error('read ECONNRESET')));
    return { body, size: undefined };
  };
  const staging = stage([byUrl('https://files.example.com/abc?token=secret', '/workspace/input/abc')], { openUrl });
  await expect(staging).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'input.objects[0]: https://files.example.com/abc could not be read: read ECONNRESET.',
  });
  expect(await readdir(join(root, 'input'))).toEqual([]);
});

test('input by URL: is never larger than the limit, also if its server reports another size', async () => {
  const endless: OpenUrl = async () => ({
    body: Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(100);
      })(),
    ),
    size: 10,
  });
  const large: OpenUrl = async () => ({ body: Readable.from([]), size: 1e15 });
  for (const openUrl of [endless, large])
    await expect(stage([byUrl('https://x.example.com/', '/workspace/input/x')], { openUrl })).rejects.toMatchObject({
      code: 'INPUT_TOO_LARGE',
    });
});

test('a checked stream that stalls ends with the staging', async () => {
  const canceling = new AbortController();
  const body = new PassThrough();
  const openUrl: OpenUrl = async () => {
    setImmediate(() => canceling.abort(new ExecError('CANCELED', 'enough')));
    return { body, size: undefined };
  };
  const input = byUrl('https://x.example.com/', '/workspace/input/x', sha256OfAbc);
  await expect(stage([input], { openUrl, signal: canceling.signal })).rejects.toThrow('enough');
  expect(body.destroyed).toBe(true);
});

test('without a way to read URLs they are refused', async () => {
  await expect(stage([byUrl('https://x.example.com/', '/workspace/input/x')])).rejects.toMatchObject({
    code: 'POLICY_DENIED',
  });
});
