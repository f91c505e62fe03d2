import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from './object-store.ts';

export interface StoreUnderTest {
  /** Empty; its default bucket exists or comes into being with its first object. */
  readonly store: ObjectStore;
  /** A second bucket that objects can be put into. */
  readonly otherBucket: string;
  close(): Promise<void>;
}

/** Where a server behind a store falls short, each with the reason. */
export interface Shortcomings {
  readonly order?: string;
  readonly backslash?: string;
}

/** Tests that every object store must pass. */
export function describeObjectStore(
  name: string,
  openStore: () => Promise<StoreUnderTest>,
  shortcomings: Shortcomings = {},
): void {
  const signal = new AbortController().signal;
  let tested: StoreUnderTest;
  beforeEach(async () => {
    tested = await openStore();
  });
  afterEach(() => tested.close());

  const put = (object: string, content: string | Buffer, bucket?: string) =>
    tested.store.put({ name: object, bucket }, Readable.from([Buffer.from(content)]), new AbortController().signal);
  const get = async (object: string, bucket?: string) =>
    buffer((await tested.store.get({ name: object, bucket }, signal)).body);
  const list = async (prefix: string, bucket?: string) => {
    const names: string[] = [];
    for await (const { name: object, size } of tested.store.list({ name: prefix, bucket }, signal))
      names.push(`${object} ${size}`);
    return names;
  };

  describe(name, () => {
    test('an object comes back as it was put, with its size', async () => {
      const content = randomBytes(3_000_001);
      expect(await put('data/input.bin', content)).toEqual({ name: 'data/input.bin', size: content.length });
      const opened = await tested.store.get({ name: 'data/input.bin' }, signal);
      expect(opened).toMatchObject({ name: 'data/input.bin', size: content.length });
      expect((await buffer(opened.body)).equals(content)).toBe(true);
    });

    test('an object is read from a byte on, by a store that can', async () => {
      const { getFrom } = tested.store;
      await put('part', '0123456789');
      for (const [offset, rest] of [
        [0, '0123456789'],
        [7, '789'],
        [10, ''],
        [20, ''],
      ] as const) {
        const opened = await getFrom?.({ name: 'part' }, offset, signal);
        if (opened !== undefined) expect([opened.size, (await buffer(opened.body)).toString()]).toEqual([10, rest]);
      }
    });

    test('an object may be empty, and its size may be unknown before', async () => {
      expect(await tested.store.put({ name: 'empty' }, Readable.from([]), signal)).toEqual({ name: 'empty', size: 0 });
      expect(await get('empty')).toHaveLength(0);
      expect(await list('')).toEqual(['empty 0']);
    });

    test.each([
      0, 1000, 9_000_000,
    ])('put: a file of which %i bytes are stored is read as far as that, and its bytes are passed on', async (size) => {
      const directory = await mkdtemp(join(tmpdir(), 'store-'));
      const content = randomBytes(size + 5);
      await writeFile(join(directory, 'file'), content);
      const handle = await open(join(directory, 'file'));
      const told = createHash('sha256');
      try {
        const body = { handle, size, onBytes: (bytes: Uint8Array) => void told.update(bytes) };
        expect(await tested.store.put({ name: 'from a file' }, body, signal)).toMatchObject({ size });
        const put = content.subarray(0, size);
        expect((await get('from a file')).equals(put)).toBe(true);
        expect(told.digest('hex')).toBe(createHash('sha256').update(put).digest('hex'));
      } finally {
        await handle.close();
        await rm(directory, { recursive: true });
      }
    });

    test('a second put replaces the first', async () => {
      await put('a', 'first, and longer');
      await put('a', 'second');
      expect((await get('a')).toString()).toBe('second');
      expect(await list('')).toEqual(['a 6']);
    });

    test.each([
      'a b+c&d=e.txt',
      'ünïcödé/日本.txt',
      '..a/b..',
      '.hidden',
      'a%2e%2e%2fb',
      ...(shortcomings.backslash === undefined ? ['back\\slash'] : []),
      'q?#',
      'n'.repeat(200),
    ])('the name %j is kept as it is', async (object) => {
      await put(object, 'x');
      expect((await get(object)).toString()).toBe('x');
      expect(await list('')).toEqual([`${object} 1`]);
    });

    test('buckets are apart', async () => {
      await put('a', 'in the default bucket');
      await put('a', 'in the other', tested.otherBucket);
      expect((await get('a')).toString()).toBe('in the default bucket');
      expect((await get('a', tested.otherBucket)).toString()).toBe('in the other');
    });

    test('a missing object or bucket is named', async () => {
      await put('here', 'x');
      const missing = expect.objectContaining({ code: 'INPUT_NOT_FOUND' });
      await expect(get('not/here')).rejects.toEqual(missing);
      await expect(get('not/here')).rejects.toThrow(/not\/here/);
      await expect(get('not/here')).rejects.toThrow(tested.store.defaultBucket);
      await expect(get('here/below')).rejects.toEqual(missing);
      await expect(get('here', 'no-such-bucket')).rejects.toEqual(missing);
      await expect(get('here', 'no-such-bucket')).rejects.toThrow(/no-such-bucket/);
      await expect(list('', 'no-such-bucket')).rejects.toEqual(missing);
    });

    const { order } = shortcomings;
    test(`a prefix finds every name that starts with it, ${order ?? 'in order of name'}`, async () => {
      for (const object of ['b/y', 'a0', 'a/c', 'a-b', 'a/b/x', 'a.txt', 'é', 'z']) await put(object, 'x');
      const all = await list('');
      const below = await list('a');
      const found = order === undefined ? [all, below] : [all.sort(), below.sort()];
      expect(found[0]).toEqual(['a-b 1', 'a.txt 1', 'a/b/x 1', 'a/c 1', 'a0 1', 'b/y 1', 'z 1', 'é 1']);
      expect(found[1]).toEqual(['a-b 1', 'a.txt 1', 'a/b/x 1', 'a/c 1', 'a0 1']);
      expect(await list('a/')).toEqual(['a/b/x 1', 'a/c 1']);
      expect(await list('a/b')).toEqual(['a/b/x 1']);
      expect(await list('a/b/x')).toEqual(['a/b/x 1']);
      expect(await list('a/none')).toEqual([]);
      expect(await list('none/at/all')).toEqual([]);
    });

    test('a put whose bytes break off leaves what was there before', async () => {
      await put('a', 'before');
      const breaking = Readable.from(
        (async function* () {
          yield Buffer.from('half of it');
          throw new Error('broke off');
        })(),
      );
      await expect(tested.store.put({ name: 'a' }, breaking, signal)).rejects.toThrow('broke off');
      expect((await get('a')).toString()).toBe('before');
      expect(await list('')).toEqual(['a 6']);
    });

    test('a put that is aborted ends with the reason and leaves nothing', async () => {
      await put('other', 'x');
      const controller = new AbortController();
      const stalled = new PassThrough();
      stalled.write('some');
      const putting = tested.store.put({ name: 'a' }, stalled, controller.signal);
      controller.abort(new Error('canceled'));
      await expect(putting).rejects.toThrow('canceled');
      expect(stalled.destroyed).toBe(true);
      expect(await list('')).toEqual(['other 1']);
    });

    test('a body stops when it is aborted', async () => {
      await put('a', Buffer.alloc(2 ** 21));
      const controller = new AbortController();
      const { body } = await tested.store.get({ name: 'a' }, controller.signal);
      const reading = buffer(body);
      controller.abort(new Error('canceled'));
      await expect(reading).rejects.toThrow('canceled');
    });

    test('a removed object is gone, removing it again is no error', async () => {
      await put('a/b', 'x');
      await put('a/c', 'x');
      await tested.store.remove({ name: 'a/b' }, signal);
      await tested.store.remove({ name: 'a/b' }, signal);
      await expect(get('a/b')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
      expect(await list('')).toEqual(['a/c 1']);
    });

    test('many puts at once all arrive, and of two for one name one wins whole', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `many/${index % 3}/${index}`);
      const contents = ['a'.repeat(70_000), 'b'.repeat(70_000)];
      await Promise.all([
        ...names.map((object) => put(object, object)),
        ...contents.map((content) => put('same', content)),
      ]);
      expect(await list('many/')).toHaveLength(20);
      expect(contents).toContain((await get('same')).toString());
    });
  });
}
