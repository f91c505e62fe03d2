import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscardRequests } from './discard-requests.ts';

const image = `sha256:${'a'.repeat(64)}`;
const limits = { waitMs: 60_000, pollMs: 1 };

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'discard-requests-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('discard requests: one is received while its sender waits, and gone after that', async () => {
  const requests = createDiscardRequests(join(directory, 'requests'), limits);
  expect(await requests.received()).toEqual([]);
  const seen: (readonly string[])[] = [];
  await requests.send(image, async () => seen.push(await requests.received()) === 2);
  expect(seen).toEqual([[image], [image]]);
  expect(await requests.received()).toEqual([]);
});

test('discard requests: a sender does not wait forever, nor after a fault', async () => {
  const requests = createDiscardRequests(directory, { waitMs: 0, pollMs: 1 });
  await requests.send(image, async () => false);
  const fault = new Error('away');
  await expect(requests.send(image, () => Promise.reject(fault))).rejects.toBe(fault);
  expect(await readdir(directory)).toEqual([]);
});

test('discard requests: what a sender that was killed left is removed, and other files are ignored', async () => {
  const requests = createDiscardRequests(directory, limits);
  const left = image.replace(':', '-');
  for (const name of ['other', 'sha256-1', left]) await writeFile(join(directory, name), '');
  expect(await requests.received()).toEqual([image]);
  await utimes(join(directory, left), 0, 0);
  expect(await requests.received()).toEqual([]);
  expect((await readdir(directory)).sort()).toEqual(['other', 'sha256-1']);
});
