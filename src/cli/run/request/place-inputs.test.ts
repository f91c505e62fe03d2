import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestStore } from '../../../../tests/cli/helpers/test-store.ts';
import { placeInputs, removeObjects } from './place-inputs.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'place-inputs-'));
});

afterEach(() => rm(directory, { recursive: true }));

const { signal } = new AbortController();
const limits = { fileBytes: 10, totalBytes: 15 };

async function input(name: string, content: string, executable = false) {
  const source = join(directory, name);
  await writeFile(source, content);
  return { source, path: `in/${name}`, size: content.length, executable };
}

test('inputs: small files are in the request, byte for byte, and keep their executable bit', async () => {
  const inputs = [await input('a', '\u00e9\u0000'), await input('b', '#!/bin/sh', true)];
  const store = createTestStore();
  const placed = await placeInputs(inputs, { store, limits, signal, onUpload: () => undefined });
  expect(placed.files).toEqual([
    { name: 'in/a', content: Buffer.from('\u00e9\u0000').toString('base64'), encoding: 'base64' },
    { name: 'in/b', content: Buffer.from('#!/bin/sh').toString('base64'), encoding: 'base64', mode: '755' },
  ]);
  expect(store.names()).toEqual([]);
});

test('larger files, and what is too much together, go through the object store and can be removed from it', async () => {
  const inputs = [await input('a', 'x'.repeat(11)), await input('b', '12345678'), await input('c', '12345678')];
  const store = createTestStore();
  const uploaded: string[] = [];
  const placed = await placeInputs(inputs, { store, limits, signal, onUpload: ({ path }) => uploaded.push(path) });
  expect(placed.files.map(({ name }) => name)).toEqual(['in/b']);
  expect(placed.minioObjects.map(({ local_path: path }) => path)).toEqual(['in/a', 'in/c']);
  expect(uploaded).toEqual(['in/a', 'in/c']);
  const { body } = await store.get({ name: placed.minioObjects[0]?.object_name ?? '' }, signal);
  expect(await text(body)).toBe('x'.repeat(11));
  expect(await removeObjects(store, placed.uploaded)).toEqual([]);
  expect(store.names()).toEqual([]);
});

test('when one cannot be read, what was put into the store is removed again', async () => {
  const inputs = [await input('a', 'x'.repeat(11)), { source: '/nowhere/b', path: 'b', size: 1, executable: false }];
  const store = createTestStore();
  await expect(placeInputs(inputs, { store, limits, signal, onUpload: () => undefined })).rejects.toThrow(/nowhere/);
  expect(store.names()).toEqual([]);
});
