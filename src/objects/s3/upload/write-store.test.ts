import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc32Text } from '../content-check.ts';
import {
  type Answer,
  content,
  openScriptedS3,
  refuse,
  type ScriptedS3,
  signal,
  write,
} from '../scripted-s3.contract.ts';

let s3: ScriptedS3;

beforeEach(async () => {
  s3 = await openScriptedS3();
});
afterEach(() => s3.close());

describe('writing to an S3 store', () => {
  const created = (response: ServerResponse) =>
    response
      .writeHead(200)
      .end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
  const received: Answer = (response, { body }) =>
    response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
  const parts = { partBytes: 64 * 1024, partsInMemory: 2 };
  const large = Buffer.alloc(160 * 1024, 'x');

  test('the bytes go out with their checksum', async () => {
    s3.play(received);
    expect(await write(s3.openStore())).toEqual({ name: 'out', size: content.length });
    expect(s3.asked[0]?.headers).toMatchObject({
      'content-length': String(content.length),
      'x-amz-checksum-crc32': crc32Text(crc32(content)),
    });
  });

  test('what is busy, broken or damaged on the way is sent again', async () => {
    s3.play(
      refuse(503, 'SlowDown'),
      (response) => response.destroy(),
      refuse(400, 'BadDigest'),
      refuse(500, 'InternalError'),
      received,
    );
    await write(s3.openStore({ limits: { attempts: 5 } }));
    expect(s3.asked.map(({ body }) => body.equals(content))).toEqual([true, true, true, true, true]);
  });

  test('a store that received other bytes is distinguished from one that received ours', async () => {
    s3.play((response) => response.writeHead(200, { etag: `"${'0'.repeat(32)}"` }).end());
    await expect(write(s3.openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/"out" reached the bucket "bucket" .* damaged: .* MD5/),
    });
    expect(s3.asked).toHaveLength(3);
  });

  test('a part that cannot be sent ends the upload, its source and what the store holds of it', async () => {
    s3.play(created, refuse(507, 'XMinioStorageFull'), refuse(507, 'XMinioStorageFull'), (response) =>
      response.writeHead(204).end(),
    );
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(64 * 1024)) });
    const putting = s3.openStore({ limits: { ...parts, partsInMemory: 1 } }).put({ name: 'out' }, endless, signal);
    await expect(putting).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/is full: writing in the bucket "bucket"/),
    });
    expect(endless.destroyed).toBe(true);
    expect(s3.asked.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId=u1') });
  });

  test('an upload that is aborted before the store has named it is removed all the same', async () => {
    const controller = new AbortController();
    s3.play(
      (response) => {
        controller.abort(new Error('canceled'));
        setImmediate(() => created(response));
      },
      (response) => response.writeHead(204).end(),
    );
    const putting = s3.openStore({ limits: parts }).put({ name: 'out' }, Readable.from([large]), controller.signal);
    await expect(putting).rejects.toThrow('canceled');
    expect(s3.asked.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  test('what could not be removed of a failed upload is removed by a later one', async () => {
    s3.play((response, request) => {
      if (request.method === 'POST') return created(response);
      if (request.method === 'DELETE' && s3.asked.length < 9) return void response.destroy();
      return refuse(507, 'XMinioStorageFull')(response, request);
    });
    const store = s3.openStore({ limits: parts });
    await expect(write(store, large)).rejects.toThrow(/is full/);
    const removals = () =>
      s3.asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.match(/uploadId=\w+/)?.[0]);
    expect(removals()).toEqual(['uploadId=u1', 'uploadId=u1', 'uploadId=u1']);
    s3.forget();
    s3.play(
      (response) =>
        response
          .writeHead(200)
          .end('<InitiateMultipartUploadResult><UploadId>u2</UploadId></InitiateMultipartUploadResult>'),
      (response, request) =>
        request.method === 'DELETE'
          ? void response.writeHead(204).end()
          : refuse(507, 'XMinioStorageFull')(response, request),
    );
    await expect(write(store, large)).rejects.toThrow(/is full/);
    expect(removals()).toEqual(['uploadId=u1', 'uploadId=u2']);
  });

  test('an upload whose last answer got lost has succeeded when the object is there', async () => {
    let completions = 0;
    s3.play((response, request) => {
      const { method, url } = request;
      if (method === 'POST' && url.includes('uploads')) return created(response);
      if (method === 'PUT') return received(response, request);
      if (method === 'HEAD')
        return response.writeHead(200, { 'content-length': large.length, etag: `"${'0'.repeat(32)}-3"` }).end();
      completions += 1;
      return completions === 1 ? response.destroy() : refuse(404, 'NoSuchUpload')(response, request);
    });
    expect(await write(s3.openStore({ limits: parts }), large)).toEqual({ name: 'out', size: large.length });
  });

  test('the default bucket is made when it is missing, if that is allowed', async () => {
    s3.play(refuse(404, 'NoSuchBucket'), (response) => response.writeHead(200).end(), received);
    await write(s3.openStore());
    expect(s3.asked.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'PUT /bucket/out',
      'PUT /bucket/',
      'PUT /bucket/out',
    ]);
  });

  test.each([
    ['when that is not allowed', { createBucket: false }, undefined],
    ['when it is another', {}, 'other'],
  ])('a missing bucket is named, with the fix, %s', async (_, options, bucket) => {
    s3.play(refuse(404, 'NoSuchBucket'));
    const putting = s3.openStore(options).put({ name: 'out', bucket }, Readable.from([content]), signal);
    await expect(putting).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`no bucket "${bucket ?? 'bucket'}" .*Create it, or set MINIO_BUCKET`)),
    });
    expect(s3.asked).toHaveLength(1);
  });

  test('an upload of more parts than S3 takes says how large one can be', async () => {
    s3.play((response, request) => (request.method === 'POST' ? created(response) : received(response, request)));
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(64 * 1024)) });
    const store = s3.openStore({ limits: { partBytes: 64 * 1024 + 1, partsInMemory: 4, maxParts: 5 } });
    await expect(store.put({ name: 'out' }, endless, signal)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringMatching(/larger than 320 KiB.*EXEC_S3_PART_SIZE/),
    });
  });
});
