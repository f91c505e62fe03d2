import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc32Text } from '../content-check.ts';
import {
  type Answer,
  content,
  give,
  openScriptedS3,
  read,
  refuse,
  type ScriptedS3,
  signal,
} from '../scripted-s3.contract.ts';

const md5 = createHash('md5').update(content).digest('hex');

let s3: ScriptedS3;

beforeEach(async () => {
  s3 = await openScriptedS3();
});
afterEach(() => s3.close());

/** Answers the range that was asked for, and breaks off after some bytes of it. */
const breakOff =
  (after: number, headers: Record<string, string> = {}): Answer =>
  (response, { headers: { range } }) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': rest.length,
      etag: `"${md5}"`,
      ...headers,
    });
    if (after >= rest.length) response.end(rest);
    else response.write(rest.subarray(0, after), () => response.destroy());
  };

describe('reading from an S3 store', () => {
  test('bytes whose checksum is the store’s are given, without a second request', async () => {
    s3.play(give({ 'x-amz-checksum-crc32': crc32Text(crc32(content)), etag: '"of-no-form"' }));
    expect((await read(s3.openStore())).equals(content)).toBe(true);
    expect(s3.asked).toHaveLength(1);
    expect(s3.asked[0]).toMatchObject({ url: expect.stringMatching(/^\/bucket\/data\/input\.csv\?/), method: 'GET' });
  });

  test.each([
    ['CRC32', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
    ['SHA-256', { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') }],
    ['MD5', { etag: `"${createHash('md5').update('other').digest('hex')}"` }],
  ])('a body whose %s differs is an error that says both', async (name, headers) => {
    s3.play(give(headers));
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(
        new RegExp(`"data/input.csv" in the bucket "bucket" .*${s3.address} is damaged: .* ${name} .* said `),
      ),
    });
  });

  test.each([
    ['of several parts', { etag: `"${'0'.repeat(32)}-3"`, 'x-amz-checksum-crc32': 'AAAAAA==-3' }, {}],
    ['that is encrypted', { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' }, {}],
    ['of a store with other ETags', { etag: `"${'0'.repeat(32)}"` }, { etagIsMd5: false }],
    ['of an object that is too large for it', { etag: `"${'0'.repeat(32)}"` }, { limits: { md5MaxBytes: 9999 } }],
  ])('an ETag %s is no checksum', async (_, headers, options) => {
    s3.play(give(headers));
    expect((await read(s3.openStore(options))).equals(content)).toBe(true);
  });

  test('a download that breaks off is taken up where it stopped, of the same object', async () => {
    s3.play(breakOff(4000), breakOff(1), refuse(503, 'SlowDown'), breakOff(content.length));
    expect((await read(s3.openStore())).equals(content)).toBe(true);
    expect(s3.asked.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=4000-',
      'bytes=4001-',
      'bytes=4001-',
    ]);
    expect(s3.asked[1]?.headers['if-match']).toBe(`"${md5}"`);
  });

  const part =
    (begin: number, after = content.length): Answer =>
    (response) => {
      const rest = content.subarray(begin);
      response.writeHead(206, {
        'content-length': rest.length,
        'content-range': `bytes ${begin}-${content.length - 1}/${content.length}`,
        etag: `"${md5}"`,
      });
      if (after >= rest.length) response.end(rest);
      else response.write(rest.subarray(0, after), () => response.destroy());
    };
  const readFrom = async (offset: number) => s3.openStore().getFrom?.({ name: 'data/input.csv' }, offset, signal);

  test('a part is asked for by its range, and taken up again where its connection broke', async () => {
    s3.play(part(9000, 400), part(9400));
    const opened = await readFrom(9000);
    expect(opened?.size).toBe(content.length);
    expect(opened && (await buffer(opened.body)).equals(content.subarray(9000))).toBe(true);
    expect(s3.asked.map(({ headers }) => headers.range)).toEqual(['bytes=9000-', 'bytes=9400-']);
  });

  test('a part behind the end is empty, of an object with a size', async () => {
    s3.play(refuse(416, 'InvalidRange'), give({}));
    const opened = await readFrom(content.length);
    expect(opened?.size).toBe(content.length);
    expect(opened && (await buffer(opened.body)).length).toBe(0);
  });

  test('a part is not read from a store that returns the whole object in its place', async () => {
    s3.play(give({}));
    await expect(readFrom(9000)).rejects.toMatchObject({ message: expect.stringContaining('the part that was asked') });
  });

  test.each([
    ['replaced', refuse(412, 'PreconditionFailed')],
    ['removed', refuse(404, 'NoSuchKey')],
    ['replaced in a store that knows no conditions', breakOff(content.length, { etag: '"another"' })],
  ])('an object that is %s midway is said to be so', async (_, second) => {
    s3.play(breakOff(4000), second);
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: expect.stringMatching(/"data\/input.csv" .* was replaced or removed while it was read/),
    });
  });

  test('a download that breaks off again and again fails in the end', async () => {
    s3.play(breakOff(1));
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/broke the connection/),
    });
    expect(s3.asked).toHaveLength(3);
  });

  test('a store that stops sending is too slow', async () => {
    s3.play((response, { headers: { range } }) => {
      const length = content.length - (range === undefined ? 0 : 4);
      response.writeHead(range === undefined ? 200 : 206, { 'content-length': length, etag: `"${md5}"` });
      response.write(range === undefined ? '0123' : '');
    });
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/too slow: .* 0.2s for data/),
    });
  });

  test('a body that nobody wants any more frees its connection', async () => {
    const closed = new Promise((resolve) =>
      s3.play((response) => {
        response.once('close', resolve);
        response.writeHead(200, { 'content-length': 10 }).write('half');
      }),
    );
    const { body } = await s3.openStore({ limits: { idleTimeoutMs: 60_000 } }).get({ name: 'a' }, signal);
    body.destroy();
    await closed;
    expect(body.errored).toBeNull();
  });
});
