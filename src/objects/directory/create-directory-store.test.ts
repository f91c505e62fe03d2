import { mkdir, mkdtemp, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../support/time/clock.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import { describeObjectStore } from '../object-store.contract.ts';
import type { ObjectStore } from '../object-store.ts';
import { createDirectoryStore } from './create-directory-store.ts';

function openStore(root: string): ObjectStore {
  return createDirectoryStore({ root, defaultBucket: 'exec-agent', clock: systemClock, staleUploadMs: 60_000 });
}

describeObjectStore('the directory store', async () => {
  const root = await mkdtemp(join(tmpdir(), 'store-'));
  return { store: openStore(root), otherBucket: 'other-bucket', close: () => removeTree(root) };
});

describe('the directory store on its disk', () => {
  const signal = new AbortController().signal;
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'store-'));
  });
  afterEach(() => removeTree(root));

  const put = (store: ObjectStore, name: string, content = 'x') =>
    store.put({ name }, Readable.from([Buffer.from(content)]), new AbortController().signal);

  test('an object is a file below its bucket, and nothing else stays behind', async () => {
    await put(openStore(root), 'data/input.csv', 'a,b');
    expect(await readFile(join(root, 'exec-agent/data/input.csv'), 'utf8')).toBe('a,b');
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
  });

  test('a file that someone put there is an object; a link is none, and is not followed', async () => {
    await mkdir(join(root, 'exec-agent'), { recursive: true });
    await writeFile(join(root, 'exec-agent/plain'), 'content');
    await symlink('/etc/passwd', join(root, 'exec-agent/link'));
    await symlink('/etc', join(root, 'exec-agent/etc'));
    const store = openStore(root);
    expect(await text((await store.get({ name: 'plain' }, signal)).body)).toBe('content');
    await expect(store.get({ name: 'link' }, signal)).rejects.toThrow(/symbolic link/);
    await expect(store.get({ name: 'etc/passwd' }, signal)).rejects.toThrow(/symbolic link/);
    await expect(put(store, 'etc/new')).rejects.toThrow(/symbolic link/);
    const names: string[] = [];
    for await (const { name } of store.list({ name: '' }, signal)) names.push(name);
    expect(names).toEqual(['plain']);
  });

  test('an object below another object is refused with a sentence, until the other is removed', async () => {
    const store = openStore(root);
    await put(store, 'a/b');
    await expect(put(store, 'a')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(put(store, 'a/b/c')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
    await store.remove({ name: 'a/b' }, signal);
    await put(store, 'a');
    expect(await readdir(join(root, 'exec-agent'))).toEqual(['a']);
  });

  test.each([
    '',
    '/abs',
    '../x',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'a\0b',
    'n'.repeat(256),
    'n/'.repeat(520),
  ])('the object name %j is refused', async (name) => {
    const store = openStore(root);
    const refused = expect.objectContaining({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/object name .* Use one such as/),
    });
    await expect(put(store, name)).rejects.toEqual(refused);
    await expect(store.get({ name }, signal)).rejects.toEqual(refused);
    await expect(store.remove({ name }, signal)).rejects.toEqual(refused);
  });

  test.each(['..', '.incoming', 'a/b', 'Upper', 'x', '..%2f', 'a\0b'])('the bucket %j is refused', async (bucket) => {
    const getting = openStore(root).get({ bucket, name: 'a' }, signal);
    await expect(getting).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('bucket'),
    });
  });

  test('no name reads or writes outside of the bucket', async () => {
    await writeFile(join(root, 'canary'), 'canary');
    const store = openStore(root);
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'canary', '..%2f', '\0', '.incoming'),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
        await put(store, parts.join('/')).catch(() => 'refused, which is as good');
        expect((await readdir(root)).filter((name) => name !== '.incoming' && name !== 'exec-agent')).toEqual([
          'canary',
        ]);
        expect(await readFile(join(root, 'canary'), 'utf8')).toBe('canary');
      }),
      { numRuns: 50 },
    );
  });

  test('what a crash left of an upload goes after a while, a running upload stays', async () => {
    await mkdir(join(root, '.incoming'));
    await writeFile(join(root, '.incoming/old'), '');
    await utimes(join(root, '.incoming/old'), 0, 0);
    await writeFile(join(root, '.incoming/new'), '');
    await put(openStore(root), 'a');
    expect(await readdir(join(root, '.incoming'))).toEqual(['new']);
  });

  test('objects put and removed in one directory at once all succeed', async () => {
    const store = openStore(root);
    const rounds = Array.from({ length: 40 }, (_, index) => index);
    await Promise.all(
      rounds.map(async (index) => {
        await put(store, `busy/place/${index}`);
        await store.remove({ name: `busy/place/${index}` }, signal);
      }),
    );
    expect(await readdir(join(root, 'exec-agent'))).toEqual([]);
  });

  test('a place that cannot be used is a failure of the store, and the next call tries again', async () => {
    await writeFile(join(root, 'file'), '');
    const store = openStore(join(root, 'file', 'objects'));
    await expect(put(store, 'a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await removeTree(join(root, 'file'));
    expect(await put(store, 'a')).toEqual({ name: 'a', size: 1 });
  });
});
