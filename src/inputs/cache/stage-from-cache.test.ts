import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../objects/object-store.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import type { Input } from '../../wire/plan/plan.ts';
import { createInputStager } from '../create-input-stager.ts';
import { createInputCache } from './input-cache.ts';

const MiB = 1024 ** 2;
const objectBytes = 128 * 1024;
const never = new AbortController().signal;

interface Stored {
  readonly content: Buffer;
  readonly etag?: string;
}

describe('input cache', () => {
  let base = '';
  let reads = 0;
  let executions = 0;
  let objects: Record<string, Stored> = {};
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'input-cache-'));
    reads = 0;
    objects = {};
  });
  afterEach(() => rm(base, { recursive: true }));

  const store: ObjectStore = {
    name: 'memory',
    defaultBucket: 'bucket',
    async get({ name }) {
      const { content, etag } = objects[name] ?? { content: Buffer.of() };
      const body = Readable.from(pieces(content));
      return { name, size: content.length, body, ...(etag !== undefined && { etag }) };
    },
    async *list() {
      for (const [name, { content }] of Object.entries(objects)) yield { name, size: content.length };
    },
    put: () => Promise.reject(new Error('nothing is put')),
    remove: () => Promise.reject(new Error('nothing is removed')),
  };

  async function* pieces(content: Buffer) {
    reads += 1;
    yield content;
  }

  const cacheOf = (maxBytes = 10 * MiB, boot?: () => Promise<string>) =>
    createInputCache({
      directory: join(base, 'cache'),
      maxBytes,
      logger: createSilentLogger(),
      ...(boot !== undefined && { boot }),
    });

  /** @returns where the files of a new execution are */
  async function stage(
    inputs: readonly Input[],
    { cache = cacheOf(), tenant = 'one', readOnly = ['/workspace/input'] } = {},
  ): Promise<string> {
    executions += 1;
    const root = join(base, `execution-${executions}`);
    await mkdir(root);
    const limits = { maxInputBytes: 100 * MiB, maxInputFiles: 10, concurrency: 2 };
    const stageInputs = createInputStager({ store, limits, cache });
    const report = await stageInputs(new Map([['/workspace/input', root]]), inputs, never, { tenant, readOnly });
    const sizes = await Promise.all((await readdir(root)).map(async (name) => (await stat(join(root, name))).size));
    expect(report.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    return root;
  }

  const object = (name: string, more: { sha256?: string } = {}): Input => ({
    kind: 'object',
    origin: 'input.minio_objects[0]',
    path: `/workspace/input/${name}`,
    name,
    ...more,
  });
  const put = (name: string, letter: string, etag: string | undefined = letter) => {
    objects[name] = { content: Buffer.alloc(objectBytes, letter), ...(etag !== undefined && { etag }) };
  };
  /** The file is what the object is now. */
  const expectWhole = async (root: string) => {
    const found = await readFile(join(root, 'a'));
    expect(found.equals(objects.a?.content ?? Buffer.of())).toBe(true);
  };
  const kept = () => readdir(join(base, 'cache')).catch(() => []);

  test('input cache: an object that did not change is not read again', async () => {
    put('a', 'x');
    const first = await stage([object('a')]);
    const second = await stage([object('a')]);
    expect(reads).toBe(1);
    for (const root of [first, second]) await expectWhole(root);
    await rm(first, { recursive: true });
    await rm(second, { recursive: true });
    await expectWhole(await stage([object('a')], { cache: cacheOf() }));
    expect(reads).toBe(1);
  });

  test('input cache: another content, tenant or checksum is another file', async () => {
    put('a', 'x');
    await stage([object('a')]);
    put('a', 'y');
    await expectWhole(await stage([object('a')]));
    await stage([object('a')], { tenant: 'other' });
    expect(reads).toBe(3);
    const sha256 = createHash('sha256').update(Buffer.alloc(objectBytes, 'y')).digest('hex');
    await stage([object('a', { sha256 })]);
    await stage([object('a', { sha256 })]);
    expect(reads).toBe(4);
    await expect(stage([object('a', { sha256: '0'.repeat(64) })])).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  test('input cache: what containers can write to, and what has no etag, is neither kept nor shared', async () => {
    put('a', 'x');
    objects.b = { content: Buffer.alloc(objectBytes) };
    await stage([object('a'), object('b')], { readOnly: [] });
    await stage([object('b')]);
    expect(await kept()).toEqual([]);
    await stage([object('a')]);
    const [writable, shared] = [await stage([object('a')], { readOnly: [] }), await stage([object('a')])];
    expect((await stat(join(writable, 'a'))).nlink).toBe(1);
    expect((await stat(join(shared, 'a'))).nlink).toBeGreaterThan(1);
  });

  test('input cache: a file that was changed or replaced is fetched again', async () => {
    put('a', 'x');
    const cache = cacheOf();
    await stage([object('a')], { cache });
    const [name = ''] = await kept();
    await writeFile(join(base, 'cache', name), Buffer.alloc(objectBytes, 'z'));
    await utimes(join(base, 'cache', name), 1, 1);
    await expectWhole(await stage([object('a')], { cache }));
    expect(reads).toBe(2);
    await stage([object('a')], { cache: cacheOf() });
    expect(reads).toBe(2);
  });

  test('input cache: a file that was kept before the host was restarted is fetched again', async () => {
    put('a', 'x');
    const cacheSince = (boot: string) => cacheOf(10 * MiB, async () => boot);
    await stage([object('a')], { cache: cacheSince('1') });
    await stage([object('a')], { cache: cacheSince('1') });
    expect(reads).toBe(1);
    await expectWhole(await stage([object('a')], { cache: cacheSince('2') }));
    expect(reads).toBe(2);
    expect(await kept()).toHaveLength(1);
  });

  test('input cache: holds as much as it may, and removes what was used longest ago', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) put(name, name);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...names), { maxLength: 12 }),
        fc.integer({ min: 0, max: 3 }),
        async (order, room) => {
          await rm(join(base, 'cache'), { recursive: true, force: true });
          const cache = cacheOf(room * objectBytes);
          for (const name of order) await stage([object(name)], { cache });
          const byUse = [...new Set(order.toReversed())].slice(0, room);
          expect(await kept()).toHaveLength(byUse.length);
          reads = 0;
          for (const name of byUse.toReversed()) await stage([object(name)], { cache });
          expect(reads).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('input cache: a small object is fetched each time', async () => {
    objects.small = { content: Buffer.from('small'), etag: '1' };
    await stage([object('small')]);
    await stage([object('small')]);
    expect(reads).toBe(2);
    expect(await kept()).toEqual([]);
  });

  test('input cache: executions at once share one file', async () => {
    for (let round = 0; round < 10; round += 1) {
      put('a', 'x', String(round));
      const cache = cacheOf(objectBytes);
      const roots = await Promise.all(Array.from({ length: 16 }, () => stage([object('a')], { cache })));
      for (const root of roots) await expectWhole(root);
      expect(await kept()).toHaveLength(1);
    }
  });

  test('input cache: a directory that others can change is not used', async () => {
    put('a', 'x');
    await mkdir(join(base, 'cache'), { mode: 0o777 });
    await writeFile(join(base, 'cache', 'left'), '');
    await chmod(join(base, 'cache'), 0o777);
    const cache = cacheOf();
    await expectWhole(await stage([object('a')], { cache }));
    expect(await kept()).toEqual(['left']);
    await chmod(join(base, 'cache'), 0o700);
    await expectWhole(await stage([object('a')], { cache }));
    const [name] = await kept();
    expect(name).not.toBe('left');
  });
});
