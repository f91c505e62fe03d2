import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSilentLogger } from '../../telemetry/log.ts';
import type { ObjectInfo, ObjectStore } from '../object-store.ts';
import { crc32Text } from './content-check.ts';
import { createS3Store } from './create-s3-store.ts';
import type { S3StoreOptions } from './s3-options.ts';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Answer = (response: ServerResponse, asked: Asked) => void;

const signal = new AbortController().signal;
const content = Buffer.from('0123456789'.repeat(1000));
const md5 = createHash('md5').update(content).digest('hex');
const secret = 'a-secret-that-nobody-may-see';

let server: Server;
let answers: Answer[] = [];
let asked: Asked[] = [];

/** Plays one answer per request, the last of them again and again. */
function play(...script: Answer[]): void {
  answers = script;
}

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const each = { method, url, headers, body: await buffer(request) };
    asked.push(each);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) response.writeHead(500).end();
    else answer(response, each);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function address(): string {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? '' : `127.0.0.1:${bound.port}`;
}

function openStore(options: Partial<S3StoreOptions> = {}): ObjectStore {
  return createS3Store({
    endpoint: address(),
    useSsl: false,
    credentials: { accessKey: 'someone', secretKey: secret },
    defaultBucket: 'bucket',
    createBucket: true,
    logger: createSilentLogger(),
    ...options,
    limits: { attempts: 3, backoffMs: 1, idleTimeoutMs: 200, connectTimeoutMs: 200, cleanUpMs: 500, ...options.limits },
  });
}

const refuse =
  (status: number, code: string, message = 'said the store'): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);

const give =
  (headers: Record<string, string>, body = content): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);

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

const read = async (store: ObjectStore, name = 'data/input.csv') => buffer((await store.get({ name }, signal)).body);
const write = (store: ObjectStore, body = content) => store.put({ name: 'out' }, Readable.from([body]), signal);

describe('reading from an S3 store', () => {
  test('bytes whose checksum is the store’s are given, without a second request', async () => {
    play(give({ 'x-amz-checksum-crc32': crc32Text(crc32(content)), etag: '"of-no-form"' }));
    expect((await read(openStore())).equals(content)).toBe(true);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ url: expect.stringMatching(/^\/bucket\/data\/input\.csv\?/), method: 'GET' });
  });

  test.each([
    ['CRC32', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
    ['SHA-256', { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') }],
    ['MD5', { etag: `"${createHash('md5').update('other').digest('hex')}"` }],
  ])('a body whose %s differs is an error that says both', async (name, headers) => {
    play(give(headers));
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(
        new RegExp(`"data/input.csv" in the bucket "bucket" .*${address()} is damaged: .* ${name} .* said `),
      ),
    });
  });

  test.each([
    ['of several parts', { etag: `"${'0'.repeat(32)}-3"`, 'x-amz-checksum-crc32': 'AAAAAA==-3' }, {}],
    ['that is encrypted', { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' }, {}],
    ['of a store with other ETags', { etag: `"${'0'.repeat(32)}"` }, { etagIsMd5: false }],
    ['of an object that is too large for it', { etag: `"${'0'.repeat(32)}"` }, { limits: { md5MaxBytes: 9999 } }],
  ])('an ETag %s is no checksum', async (_, headers, options) => {
    play(give(headers));
    expect((await read(openStore(options))).equals(content)).toBe(true);
  });

  test('a download that breaks off is taken up where it stopped, of the same object', async () => {
    play(breakOff(4000), breakOff(1), refuse(503, 'SlowDown'), breakOff(content.length));
    expect((await read(openStore())).equals(content)).toBe(true);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=4000-', 'bytes=4001-', 'bytes=4001-']);
    expect(asked[1]?.headers['if-match']).toBe(`"${md5}"`);
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
  const readFrom = async (offset: number) => openStore().getFrom?.({ name: 'data/input.csv' }, offset, signal);

  test('a part is asked for by its range, and taken up again where its connection broke', async () => {
    play(part(9000, 400), part(9400));
    const opened = await readFrom(9000);
    expect(opened?.size).toBe(content.length);
    expect(opened && (await buffer(opened.body)).equals(content.subarray(9000))).toBe(true);
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=9000-', 'bytes=9400-']);
  });

  test('a part behind the end is empty, of an object with a size', async () => {
    play(refuse(416, 'InvalidRange'), give({}));
    const opened = await readFrom(content.length);
    expect(opened?.size).toBe(content.length);
    expect(opened && (await buffer(opened.body)).length).toBe(0);
  });

  test('a part is not read from a store that returns the whole object in its place', async () => {
    play(give({}));
    await expect(readFrom(9000)).rejects.toMatchObject({ message: expect.stringContaining('the part that was asked') });
  });

  test.each([
    ['replaced', refuse(412, 'PreconditionFailed')],
    ['removed', refuse(404, 'NoSuchKey')],
    ['replaced in a store that knows no conditions', breakOff(content.length, { etag: '"another"' })],
  ])('an object that is %s midway is said to be so', async (_, second) => {
    play(breakOff(4000), second);
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: expect.stringMatching(/"data\/input.csv" .* was replaced or removed while it was read/),
    });
  });

  test('a download that breaks off again and again fails in the end', async () => {
    play(breakOff(1));
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/broke the connection/),
    });
    expect(asked).toHaveLength(3);
  });

  test('a store that stops sending is too slow', async () => {
    play((response, { headers: { range } }) => {
      const length = content.length - (range === undefined ? 0 : 4);
      response.writeHead(range === undefined ? 200 : 206, { 'content-length': length, etag: `"${md5}"` });
      response.write(range === undefined ? '0123' : '');
    });
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/too slow: .* 0.2s for data/),
    });
  });

  test('a body that nobody wants any more frees its connection', async () => {
    const closed = new Promise((resolve) =>
      play((response) => {
        response.once('close', resolve);
        response.writeHead(200, { 'content-length': 10 }).write('half');
      }),
    );
    const { body } = await openStore({ limits: { idleTimeoutMs: 60_000 } }).get({ name: 'a' }, signal);
    body.destroy();
    await closed;
    expect(body.errored).toBeNull();
  });
});

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
    play(received);
    expect(await write(openStore())).toEqual({ name: 'out', size: content.length });
    expect(asked[0]?.headers).toMatchObject({
      'content-length': String(content.length),
      'x-amz-checksum-crc32': crc32Text(crc32(content)),
    });
  });

  test('what is busy, broken or damaged on the way is sent again', async () => {
    play(
      refuse(503, 'SlowDown'),
      (response) => response.destroy(),
      refuse(400, 'BadDigest'),
      refuse(500, 'InternalError'),
      received,
    );
    await write(openStore({ limits: { attempts: 5 } }));
    expect(asked.map(({ body }) => body.equals(content))).toEqual([true, true, true, true, true]);
  });

  test('a store that received other bytes is distinguished from one that received ours', async () => {
    play((response) => response.writeHead(200, { etag: `"${'0'.repeat(32)}"` }).end());
    await expect(write(openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/"out" reached the bucket "bucket" .* damaged: .* MD5/),
    });
    expect(asked).toHaveLength(3);
  });

  test('a part that cannot be sent ends the upload, its source and what the store holds of it', async () => {
    play(created, refuse(507, 'XMinioStorageFull'), refuse(507, 'XMinioStorageFull'), (response) =>
      response.writeHead(204).end(),
    );
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(64 * 1024)) });
    const putting = openStore({ limits: { ...parts, partsInMemory: 1 } }).put({ name: 'out' }, endless, signal);
    await expect(putting).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/is full: writing in the bucket "bucket"/),
    });
    expect(endless.destroyed).toBe(true);
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId=u1') });
  });

  test('an upload that is aborted before the store has named it is removed all the same', async () => {
    const controller = new AbortController();
    play(
      (response) => {
        controller.abort(new Error('canceled'));
        setImmediate(() => created(response));
      },
      (response) => response.writeHead(204).end(),
    );
    const putting = openStore({ limits: parts }).put({ name: 'out' }, Readable.from([large]), controller.signal);
    await expect(putting).rejects.toThrow('canceled');
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  test('what could not be removed of a failed upload is removed by a later one', async () => {
    play((response, request) => {
      if (request.method === 'POST') return created(response);
      if (request.method === 'DELETE' && asked.length < 9) return void response.destroy();
      return refuse(507, 'XMinioStorageFull')(response, request);
    });
    const store = openStore({ limits: parts });
    await expect(write(store, large)).rejects.toThrow(/is full/);
    const removals = () =>
      asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.match(/uploadId=\w+/)?.[0]);
    expect(removals()).toEqual(['uploadId=u1', 'uploadId=u1', 'uploadId=u1']);
    asked = [];
    play(
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
    play((response, request) => {
      const { method, url } = request;
      if (method === 'POST' && url.includes('uploads')) return created(response);
      if (method === 'PUT') return received(response, request);
      if (method === 'HEAD')
        return response.writeHead(200, { 'content-length': large.length, etag: `"${'0'.repeat(32)}-3"` }).end();
      completions += 1;
      return completions === 1 ? response.destroy() : refuse(404, 'NoSuchUpload')(response, request);
    });
    expect(await write(openStore({ limits: parts }), large)).toEqual({ name: 'out', size: large.length });
  });

  test('the default bucket is made when it is missing, if that is allowed', async () => {
    play(refuse(404, 'NoSuchBucket'), (response) => response.writeHead(200).end(), received);
    await write(openStore());
    expect(asked.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'PUT /bucket/out',
      'PUT /bucket/',
      'PUT /bucket/out',
    ]);
  });

  test.each([
    ['when that is not allowed', { createBucket: false }, undefined],
    ['when it is another', {}, 'other'],
  ])('a missing bucket is named, with the fix, %s', async (_, options, bucket) => {
    play(refuse(404, 'NoSuchBucket'));
    const putting = openStore(options).put({ name: 'out', bucket }, Readable.from([content]), signal);
    await expect(putting).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`no bucket "${bucket ?? 'bucket'}" .*Create it, or set MINIO_BUCKET`)),
    });
    expect(asked).toHaveLength(1);
  });

  test('an upload of more parts than S3 takes says how large one can be', async () => {
    play((response, request) => (request.method === 'POST' ? created(response) : received(response, request)));
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(64 * 1024)) });
    const store = openStore({ limits: { partBytes: 64 * 1024 + 1, partsInMemory: 4, maxParts: 5 } });
    await expect(store.put({ name: 'out' }, endless, signal)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringMatching(/larger than 320 KiB.*EXEC_S3_PART_SIZE/),
    });
  });
});

describe('how an S3 store is reached', () => {
  beforeEach(() => {
    // Tests must not use the AWS settings of the host.
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_REGION'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/no/such/file');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/no/such/file');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const keyUsed = () => /Credential=([^/]+)/.exec(asked.at(-1)?.headers.authorization ?? '')?.[1];

  test('with the keys of the settings before any others', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    play(give({}));
    await read(openStore());
    expect(keyUsed()).toBe('someone');
  });

  test('with the keys of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_SESSION_TOKEN', 'a-session');
    play(give({}));
    await read(openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-environment');
    expect(asked[0]?.headers['x-amz-security-token']).toBe('a-session');
  });

  test('with the keys of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aws-'));
    const file = join(directory, 'credentials');
    await writeFile(file, '[default]\naws_access_key_id = of-the-file\naws_secret_access_key = x\n');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    play(give({}));
    await read(openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-file');
    await rm(directory, { recursive: true });
  });

  test('with the keys of the machine’s role', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://${address()}`);
    const role = {
      AccessKeyId: 'of-the-role',
      SecretAccessKey: 'x',
      Token: 'a-session',
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    };
    play((response, request) => {
      const { url } = request;
      if (url === '/latest/api/token') response.end('token');
      else if (url.endsWith('/security-credentials/')) response.end('role');
      else if (url.endsWith('/security-credentials/role')) response.end(JSON.stringify({ Code: 'Success', ...role }));
      else give({})(response, request);
    });
    await read(openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-role');
  });

  test('without any keys the sentence says where they could be', async () => {
    await expect(read(openStore({ credentials: undefined }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/environment, ~\/\.aws, instance role\), or set MINIO_ACCESS_KEY/),
    });
  });

  test('with the store’s clock when the machine’s is wrong', async () => {
    const ahead = new Date(Date.now() + 3_600_000);
    play((response, request) => {
      response.setHeader('date', ahead.toUTCString());
      refuse(403, 'RequestTimeTooSkewed')(response, request);
    }, give({}));
    await read(openStore());
    const [first, second] = asked.map(({ headers }) => String(headers['x-amz-date']));
    expect(first?.slice(0, 11)).not.toBe(second?.slice(0, 11));
    expect(second?.slice(0, 11)).toBe(ahead.toISOString().replaceAll('-', '').slice(0, 11));
  });

  test.each([
    [{ endpoint: 'store.example:9000' }, 'http://store.example:9000/bucket/a%20b'],
    [{ endpoint: 'store.example:9000', useSsl: true }, 'https://store.example:9000/bucket/a%20b'],
    [{ endpoint: 'https://store.example', pathStyle: false }, 'https://bucket.store.example/a%20b'],
    [{ endpoint: undefined, region: 'eu-west-1' }, 'https://bucket.s3.eu-west-1.amazonaws.com/a%20b'],
    [{ endpoint: '[::1]:9000', pathStyle: true }, 'http://[::1]:9000/bucket/a%20b'],
  ])('as %j says', async (options, url) => {
    const signed = await openStore(options).presign?.({ name: 'a b' }, 60);
    expect(signed?.split('?')[0]).toBe(url);
  });

  test('page by page, without the markers of empty folders', async () => {
    const page = (truncated: boolean, next: string, ...objects: (readonly [string, number])[]): Answer => {
      const contents = objects.map(([key, size]) => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`);
      const token = next === '' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
      return (response) =>
        response.end(
          `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`,
        );
    };
    play(page(true, 'more', ['data/', 0], ['data/a', 0]), page(false, '', ['data/b&amp;c', 3], ['data/d/', 5]));
    const listed: ObjectInfo[] = [];
    for await (const each of openStore().list({ name: 'data/' }, signal)) listed.push(each);
    expect(listed).toEqual([
      { name: 'data/a', size: 0 },
      { name: 'data/b&c', size: 3 },
      { name: 'data/d/', size: 5 },
    ]);
    expect(asked[1]?.url).toContain('continuation-token=more');
  });
});

describe('what goes wrong in an S3 store has its sentence', () => {
  test.each([
    ['InvalidAccessKeyId', 403, /refused .*InvalidAccessKeyId.*MINIO_ACCESS_KEY and MINIO_SECRET_KEY/],
    ['SignatureDoesNotMatch', 403, /refused .*MINIO_ACCESS_KEY and MINIO_SECRET_KEY/],
    ['AccessDenied', 403, /refused reading in the bucket "bucket".*what they may do/],
    ['RequestTimeTooSkewed', 403, /clocks .* differ .*NTP/],
    ['XMinioStorageFull', 507, /is full/],
    ['InternalError', 500, /overloaded or failing: .* 3 times/],
    ['SlowDown', 503, /overloaded or failing: .* 3 times/],
    ['PermanentRedirect', 301, /another region .*MINIO_REGION/],
    ['NotImplemented', 501, /failed at reading/],
    ['Strange', 418, /failed at reading "data\/input.csv" .*418 Strange: said the store/],
  ])('%s', async (code, status, sentence) => {
    play(refuse(status, code));
    const failure = await read(openStore()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(sentence) });
    expect(failure).toMatchObject({ message: expect.stringContaining(`http://${address()}`) });
    expect(JSON.stringify(failure)).not.toContain(secret);
  });

  test.each([
    'no space left on device',
    'No free volumes left!',
    'no more writable volumes',
  ])('a store that is full and says so in words only: %s', async (message) => {
    play(refuse(500, 'InternalError', message));
    await expect(write(openStore())).rejects.toThrow(/is full/);
  });

  test('missing objects and buckets', async () => {
    play(refuse(404, 'NoSuchKey'));
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: `There is no object "data/input.csv" in the bucket "bucket" of the object store at http://${address()}. Check its name, or put it there first.`,
    });
    play(refuse(404, 'NoSuchBucket'));
    await expect(read(openStore())).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  test('a store that is not there', async () => {
    const store = openStore({ endpoint: '127.0.0.1:1' });
    await expect(read(store)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/http:\/\/127.0.0.1:1 cannot be reached .*ECONNREFUSED.*MINIO_ENDPOINT/),
    });
  });

  test('a store that does not answer', async () => {
    play(() => undefined);
    await expect(read(openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/too slow: reading in the bucket "bucket" got no answer, 3 times/),
    });
  });

  test('a store that does not speak TLS', async () => {
    await expect(read(openStore({ useSsl: true }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/No secure connection .*MINIO_USE_SSL/),
    });
  });

  test.each([
    'ftp://store',
    'http://',
    'http://store/path',
    'http://user:password@store',
    'a b',
  ])('the endpoint %s is no endpoint', async (endpoint) => {
    const failure = await read(openStore({ endpoint })).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/Set MINIO_ENDPOINT to one such as/),
    });
    expect(failure).not.toMatchObject({ message: expect.stringContaining('password') });
  });

  test('a file of certificates that is not there', async () => {
    await expect(read(openStore({ caFile: '/no/such/ca.pem' }))).rejects.toThrow(/\/no\/such\/ca.pem .*MINIO_CA_FILE/);
  });

  test.each([
    '',
    'a/../b',
    '..',
    './a',
    'a\0b',
    '\ud800',
    'n'.repeat(1025),
  ])('the object name %j is refused, and nothing is asked', async (name) => {
    await expect(openStore().get({ name }, signal)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(asked).toEqual([]);
  });

  test.each(['Upper', 'a/b', 'x', 'arn:aws:s3:::bucket', '..'])('the bucket %j is refused', async (bucket) => {
    await expect(openStore().get({ bucket, name: 'a' }, signal)).rejects.toThrow(/The bucket .* is not 3 to 63 of/);
  });
});
