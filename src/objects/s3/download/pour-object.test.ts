import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSilentLogger } from '../../../telemetry/log.ts';
import type { TakeBytes } from '../../../workspace/pour.ts';
import { crc32Text } from '../content-check.ts';
import { createS3Store } from '../create-s3-store.ts';

const signal = new AbortController().signal;
const content = randomBytes(6 * 1024 ** 2 + 7);

let server: Server;
let ranges: (string | undefined)[] = [];
/** What the server does with the rest of the object that it was asked for. */
let send: (response: ServerResponse, rest: Buffer) => void;

beforeEach(async () => {
  ranges = [];
  send = (response, rest) => void response.end(rest);
  server = createServer(({ headers: { range } }, response) => {
    ranges.push(range);
    const rest = content.subarray(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': rest.length,
      etag: '"of-no-form"',
      'x-amz-checksum-crc32': crc32Text(crc32(content)),
    });
    send(response, rest);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function pourTo(take: TakeBytes, stop = signal): Promise<void> {
  const bound = server.address();
  const store = createS3Store({
    endpoint: bound === null || typeof bound === 'string' ? '' : `127.0.0.1:${bound.port}`,
    useSsl: false,
    credentials: { accessKey: 'someone', secretKey: 'a secret' },
    defaultBucket: 'bucket',
    createBucket: false,
    logger: createSilentLogger(),
    limits: { attempts: 3, backoffMs: 1, idleTimeoutMs: 500 },
  });
  const { pour } = await store.get({ name: 'large' }, stop);
  if (pour === undefined) throw new Error('it cannot be poured');
  await pour(take);
}

async function pourAll(): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  // The memory is used again.
  await pourTo(async (bytes) => void pieces.push(Buffer.from(bytes)));
  return Buffer.concat(pieces);
}

const breakOff = (response: ServerResponse, rest: Buffer, after: number) =>
  response.write(rest.subarray(0, after), () => response.destroy());

test('all bytes arrive, in order', async () => {
  expect((await pourAll()).equals(content)).toBe(true);
});

test.each([1, 300_000, 2_000_000])('a download that breaks off after %d bytes is taken up there', async (after) => {
  send = (response, rest) => (ranges.length > 2 ? response.end(rest) : breakOff(response, rest, after));
  expect((await pourAll()).equals(content)).toBe(true);
  expect(ranges).toEqual([undefined, `bytes=${after}-`, `bytes=${2 * after}-`]);
});

test('bytes that are not those of the checksum are an error', async () => {
  send = (response, rest) => response.end(Buffer.concat([rest.subarray(1), rest.subarray(0, 1)]));
  await expect(pourAll()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/"large" .* is damaged: .* CRC32/),
  });
});

test('a store that stops sending is too slow', async () => {
  send = (response, rest) => void response.write(rest.subarray(0, rest.length / 2));
  await expect(pourAll()).rejects.toMatchObject({ message: expect.stringMatching(/too slow: .* 0.5s for data/) });
});

test('when what takes the bytes fails, that is the error, and the store is not asked again', async () => {
  const failing = pourTo(() => Promise.reject(new Error('the disk is full')));
  await expect(failing).rejects.toThrow('the disk is full');
  expect(ranges).toHaveLength(1);
});

test('an abort ends it, and its connection, with the reason', async () => {
  const closed = new Promise((resolve) => {
    send = (response, rest) => {
      response.once('close', resolve);
      response.write(rest.subarray(0, 2_000_000));
    };
  });
  const stop = new AbortController();
  const poured = pourTo(async () => stop.abort(new Error('no longer wanted')), stop.signal);
  await expect(poured).rejects.toThrow('no longer wanted');
  await closed;
});
