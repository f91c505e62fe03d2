import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, type TestContext, test } from 'vitest';
import { describeObjectStore } from '../../src/objects/object-store.contract.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { makeDockerCertificates } from '../parts/docker/docker-certificates.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { type S3Options, type S3Server, startS3 } from '../parts/stores/s3.ts';
import { openCuttableLine } from './cuttable-line.ts';
import { countUploads, hasPart, listNames, openClient, openStore } from './open-s3.ts';

const MiB = 1024 ** 2;
const signal = new AbortController().signal;
const program = inject('s3Program');

const seaweedShortcomings = {
  order: 'though SeaweedFS lists what is below a directory before its neighbours',
  backslash: 'SeaweedFS lists it as a slash',
};

const put = (store: ObjectStore, name: string, content: Buffer | string = 'x') =>
  store.put({ name }, Readable.from([Buffer.from(content)]), new AbortController().signal);

/** As inputs are read: past the stream where the store can do so. */
async function get(store: ObjectStore, name: string): Promise<Buffer> {
  const { body, pour } = await store.get({ name }, signal);
  if (pour === undefined) return buffer(body);
  const pieces: Uint8Array[] = [];
  await pour(async (bytes) => void pieces.push(Buffer.from(bytes)));
  return Buffer.concat(pieces);
}

describeWith('s3', 'the S3 store', () => {
  let server: S3Server;
  let client: S3Client;
  beforeAll(async () => {
    server = await startS3(program);
    client = openClient(server);
  });
  afterAll(() => server.stop());

  describeObjectStore(
    'as every object store',
    async () => {
      const otherBucket = `other-${randomUUID()}`;
      await client.send(new CreateBucketCommand({ Bucket: otherBucket }));
      return { store: openStore(server), otherBucket, close: async () => undefined };
    },
    program.kind === 'minio' ? {} : seaweedShortcomings,
  );

  describe('large objects', () => {
    test('an object of unknown size goes out and comes back in bounded memory', async () => {
      const script = fileURLToPath(new URL('put-and-get.ts', import.meta.url));
      const { endpoint, accessKey, secretKey } = server;
      const size = 128 * MiB;
      const args = [endpoint, accessKey, secretKey, `b-${randomUUID()}`, String(size)];
      const report = JSON.parse(await runCommand(process.execPath, '--import', 'tsx', script, ...args));
      expect(report).toMatchObject({ size, isSame: true });
      // The parts in flight have 32 MiB; what is held whole would show as 128.
      expect(report.peak - report.before).toBeLessThan(96 * MiB);
    });

    test('the server has a checksum of the whole object, which later readers can compare', async () => {
      const store = openStore(server);
      await put(store, 'large', randomBytes(20 * MiB));
      const place = { Bucket: store.defaultBucket, Key: 'large', ChecksumMode: 'ENABLED' } as const;
      expect(await client.send(new HeadObjectCommand(place))).toMatchObject({
        ChecksumCRC32: expect.stringMatching(/^[\w+/]{6}==$/),
        ContentLength: 20 * MiB,
      });
    });

    test('an upload that is aborted midway leaves neither an object nor parts', async () => {
      const store = openStore(server);
      await put(store, 'other');
      const controller = new AbortController();
      const body = new PassThrough();
      const putting = store.put({ name: 'large' }, body, controller.signal);
      body.write(Buffer.alloc(12 * MiB));
      await partArrives(client, store);
      controller.abort(new Error('canceled'));
      await expect(putting).rejects.toThrow('canceled');
      expect(await countUploads(client, store.defaultBucket, 'large')).toBe(0);
      expect(await listNames(store, '')).toEqual(['other']);
    });

    test('an upload whose source fails midway leaves what was there before', async () => {
      const store = openStore(server);
      await put(store, 'large', 'before');
      async function* failing() {
        yield Buffer.alloc(12 * MiB);
        throw new Error('broke off');
      }
      await expect(store.put({ name: 'large' }, Readable.from(failing()), signal)).rejects.toThrow('broke off');
      expect(await countUploads(client, store.defaultBucket, 'large')).toBe(0);
      expect((await get(store, 'large')).toString()).toBe('before');
    });

    test('many large uploads at once share the memory of one, and all arrive', async () => {
      const store = openStore(server, { limits: { partBytes: 5 * MiB, partsInMemory: 2 } });
      const contents = Array.from({ length: 6 }, () => randomBytes(6 * MiB));
      await Promise.all(contents.map((content, index) => put(store, `large/${index}`, content)));
      for (const [index, content] of contents.entries())
        expect((await get(store, `large/${index}`)).equals(content)).toBe(true);
    });
  });

  describe('names', () => {
    const names = [
      'with space/and  two',
      '+plus/p+q',
      'percent%2f%00/100%',
      '.leading/..dots/...',
      'ünïcödé/日本/🙂',
      'quotes\'"`<&>',
      'a:b;c,d=e@f!g*h(i)[j]{k}|l~m^n$o#p?q',
      `${'long/'.repeat(180)}e`.slice(-900),
    ];

    test.each(names)('%s is listed as it was put, and its presigned URL gives its content', async (name) => {
      const store = openStore(server);
      await put(store, name, name);
      expect(await listNames(store, name)).toEqual([name]);
      const url = await store.presign?.({ name }, 60);
      const response = await fetch(url ?? '');
      expect([response.status, await response.text()]).toEqual([200, name]);
      await store.remove({ name }, signal);
      expect(await listNames(store, '')).toEqual([]);
    });

    test('a prefix of more objects than one page holds is listed whole', async () => {
      const store = openStore(server);
      const all = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
      await put(store, 'other');
      for (let begin = 0; begin < all.length; begin += 50)
        await Promise.all(all.slice(begin, begin + 50).map((name) => put(store, name)));
      expect(await listNames(store, 'many/')).toEqual(all);
    });

    test('a presigned URL is valid for a week at most, and gives no one more than the object', async () => {
      const store = openStore(server);
      await put(store, 'a', 'content');
      await expect(store.presign?.({ name: 'a' }, 8 * 24 * 3600)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      const url = await store.presign?.({ name: 'a' }, 60);
      expect((await fetch(url ?? '', { method: 'DELETE' })).status).toBe(403);
      expect((await get(store, 'a')).toString()).toBe('content');
    });
  });

  describe('who may not', () => {
    test.each([
      ['secret', { accessKey: 'as it is', secretKey: 'wrong-secret-of-somebody' }],
      ['access key', { accessKey: 'nobody', secretKey: 'wrong-secret-of-somebody' }],
    ])('a wrong %s is said to be so, and never shown', async (_, { accessKey, secretKey }) => {
      const key = accessKey === 'nobody' ? accessKey : server.accessKey;
      const store = openStore(server, { credentials: { accessKey: key, secretKey } });
      const calls = [
        () => get(store, 'a'),
        () => put(store, 'a'),
        () => listNames(store, ''),
        () => store.remove({ name: 'a' }, signal),
      ];
      for (const call of calls) {
        const failure = await call().catch((error: unknown) => error);
        expect(failure).toMatchObject({
          code: 'STORE_UNAVAILABLE',
          message: expect.stringMatching(/refused .*MINIO_ACCESS_KEY and MINIO_SECRET_KEY/),
        });
        expect(failure).toMatchObject({ message: expect.stringContaining(server.endpoint) });
        expect(failure).not.toMatchObject({ message: expect.stringContaining(secretKey) });
      }
    });

    test('a bucket that may not be made is named, with the fix', async () => {
      const store = openStore(server, { createBucket: false });
      await expect(put(store, 'a')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/no bucket "b-.*Create it, or set MINIO_BUCKET/),
      });
    });
  });

  describe('an object that changes midway', () => {
    async function openOverLine() {
      const line = await openCuttableLine(server.endpoint);
      const store = openStore(server);
      const overLine = openStore({ ...server, endpoint: line.endpoint }, { defaultBucket: store.defaultBucket });
      const content = randomBytes(32 * MiB);
      await put(store, 'a', content);
      const { body } = await overLine.get({ name: 'a' }, signal);
      const chunks = body.iterator({ destroyOnReturn: false });
      const first: Buffer = (await chunks.next()).value;
      return { line, store, content, rest: async () => Buffer.concat([first, await buffer(body)]) };
    }

    test('a broken connection is not noticed by the reader', async () => {
      const { line, content, rest } = await openOverLine();
      line.cut();
      line.repair();
      expect((await rest()).equals(content)).toBe(true);
      await line.close();
    });

    test.each([
      ['small', 100_000],
      ['in parts', 20 * MiB],
    ])('one (%s) that is damaged on the way is not taken for what it was', async (_title, size) => {
      const line = await openCuttableLine(server.endpoint);
      const store = openStore(server);
      const overLine = openStore({ ...server, endpoint: line.endpoint }, { defaultBucket: store.defaultBucket });
      const { name } = await put(store, 'a', randomBytes(size));
      line.damage();
      await expect(get(overLine, name)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/"a" in the bucket .* is damaged: what arrived has the (MD5|CRC32) /),
      });
      await line.close();
    });

    test.each([
      ['replaced', (store: ObjectStore) => put(store, 'a', randomBytes(32 * MiB))],
      ['removed', (store: ObjectStore) => store.remove({ name: 'a' }, signal)],
    ])('one that was %s is not mixed from two', async (_, change) => {
      const { line, store, rest } = await openOverLine();
      line.cut();
      await change(store);
      line.repair();
      await expect(rest()).rejects.toMatchObject({
        code: 'INPUT_NOT_FOUND',
        message: expect.stringMatching(/"a" in the bucket .* was replaced or removed while it was read/),
      });
      await line.close();
    });
  });
});

describeWith('s3', 'an S3 server that fails', () => {
  const brief = { attempts: 3, backoffMs: 50, cleanUpMs: 500 };

  // Its start is mostly waiting, so the cases are under way together.
  async function start({ onTestFinished }: TestContext, options: S3Options = {}): Promise<S3Server> {
    const started = await startS3(program, options);
    onTestFinished(async () => {
      await started.stop();
      await removeTree(started.directory);
    });
    return started;
  }

  test.concurrent('one that is killed while an object is read is said to be gone; one that returns is read on from', async (context) => {
    const first = await start(context);
    const store = openStore(first, { limits: brief });
    const patient = openStore(first, { defaultBucket: store.defaultBucket, limits: { attempts: 12 } });
    const content = randomBytes(48 * MiB);
    await put(store, 'a', content);
    const { body: given } = await store.get({ name: 'a' }, signal);
    const { body: resumed } = await patient.get({ name: 'a' }, signal);
    await first.kill();
    const reading = buffer(resumed);
    await expect(buffer(given)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`${first.endpoint} cannot be reached`)),
    });
    await start(context, first);
    expect((await reading).equals(content)).toBe(true);
  });

  test.concurrent('one that is killed during an upload fails it; what it kept of it goes with the next upload', async (context) => {
    const first = await start(context);
    const client = openClient(first);
    const store = openStore(first, { limits: brief });
    await put(store, 'other');
    const body = new Readable({ read: () => void body.push(Buffer.alloc(MiB)) });
    const putting = store.put({ name: 'large' }, body, signal);
    await partArrives(client, store);
    await first.kill();
    await expect(putting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(body.destroyed).toBe(true);
    await start(context, first);
    expect(await listNames(store, '')).toEqual(['other']);
    expect(await countUploads(client, store.defaultBucket, 'large')).toBe(1);
    await put(store, 'small');
    expect(await countUploads(client, store.defaultBucket, 'large')).toBe(0);
  });

  test.concurrent('one that stands still is too slow', async (context) => {
    const stuck = await start(context);
    const store = openStore(stuck);
    await put(store, 'a');
    const limits = { ...brief, attempts: 2, idleTimeoutMs: 2_000 };
    const impatient = openStore(stuck, { defaultBucket: store.defaultBucket, limits });
    process.kill(stuck.pid, 'SIGSTOP');
    await expect(get(impatient, 'a')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/too slow: reading .* 2 times/),
    });
  });

  test.concurrent('one that is full is recognized by its code, or the message names free space', {
    skip: program.kind === 'minio',
  }, async (context) => {
    const small = await start(context, { capacity: 128 });
    const store = openStore(small, { limits: brief });
    const fill = async () => {
      for (let index = 0; ; index += 1) await put(store, `fill/${index}`, randomBytes(8 * MiB));
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/writing .* free space/i),
    });
  });

  test.concurrent('one with a certificate of its own is trusted with its authority, and not without', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 's3-tls-'));
    context.onTestFinished(() => removeTree(directory));
    const { server: certificates } = await makeDockerCertificates(directory);
    const tls = { cert: join(certificates, 'cert.pem'), key: join(certificates, 'key.pem') };
    const secure = await start(context, { tls });
    const store = openStore(secure, { caFile: join(certificates, 'ca.pem') });
    const content = randomBytes(20 * MiB);
    await put(store, 'large', content);
    expect((await get(store, 'large')).equals(content)).toBe(true);
    await expect(get(openStore(secure), 'large')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/No secure connection .*MINIO_CA_FILE/),
    });
  });
});

async function partArrives(client: S3Client, { defaultBucket }: ObjectStore): Promise<void> {
  expect(await becomesTrue(() => hasPart(client, defaultBucket, 'large'), 30_000)).toBe(true);
}
