import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectRejection } from '../../../support/abort/await-with-signal.ts';
import { watchLayers } from './bound-extraction.ts';

const MiB = 1024 ** 2;
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'layers-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(name: string, bytes: number): Promise<void> {
  await mkdir(join(directory, name, 'diff'), { recursive: true });
  await writeFile(join(directory, name, 'diff', 'file'), Buffer.alloc(bytes, 'x'));
}

/** As an engine that unpacks until its caller leaves, or until it is done. */
function watch(pull: (aborted: Promise<never>) => Promise<string>, most = { bytes: 4 * MiB, entries: 100 }) {
  const bounds = {
    reference: 'tool:1',
    limits: { pullBytes: most.bytes, imageEntries: most.entries, unpackCheckMs: 5 },
    searchPath: process.env.PATH ?? '',
    signal: new AbortController().signal,
  };
  return watchLayers(directory, bounds, (signal) => {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    expectRejection(aborted);
    return pull(aborted);
  });
}

test('pull: a layer that takes more than an image may is stopped while it is unpacked', async () => {
  const pulled = watch(async (aborted) => {
    await write('new', 8 * MiB);
    return aborted;
  });
  await expect(pulled).rejects.toMatchObject({
    code: 'IMAGE_PULL_FAILED',
    message: expect.stringMatching(/tool:1 takes 8.* MiB .*EXEC_IMAGE_STORE_MAX/),
  });
});

test('pull: what was there before, and what a container has mounted, does not count', async () => {
  await write('before', 8 * MiB);
  const pulled = watch(async (aborted) => {
    await mkdir(join(directory, 'container', 'merged'), { recursive: true });
    await write('container', 8 * MiB);
    await write('small', 1000);
    // Long enough for several looks; one that finds too much would win.
    await Promise.race([aborted, new Promise((resolve) => setTimeout(resolve, 100))]);
    return 'pulled';
  });
  expect(await pulled).toBe('pulled');
});
