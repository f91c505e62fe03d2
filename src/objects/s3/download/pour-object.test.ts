import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TakeBytes } from '../../../workspace/pour.ts';
import { crc32Text } from '../content-check.ts';
import { openScriptedS3, type ScriptedS3, signal } from '../scripted-s3.contract.ts';

const content = randomBytes(6 * 1024 ** 2 + 7);

let s3: ScriptedS3;
/** What the server does with the rest of the object that it was asked for. */
let send: (response: ServerResponse, rest: Buffer) => void;

beforeEach(async () => {
  send = (response, rest) => void response.end(rest);
  s3 = await openScriptedS3();
  s3.play((response, { headers: { range } }) => {
    const rest = content.subarray(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': rest.length,
      etag: '"of-no-form"',
      'x-amz-checksum-crc32': crc32Text(crc32(content)),
    });
    send(response, rest);
  });
});
afterEach(() => s3.close());

const ranges = () => s3.asked.map(({ headers: { range } }) => range);

async function pourTo(take: TakeBytes, stop = signal): Promise<void> {
  const { pour } = await s3.openStore({ limits: { idleTimeoutMs: 500 } }).get({ name: 'large' }, stop);
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

test('pour: all bytes arrive, in order', async () => {
  expect((await pourAll()).equals(content)).toBe(true);
});

test.each([
  1, 300_000, 2_000_000,
])('pour: a download that breaks off after %d bytes is taken up there', async (after) => {
  send = (response, rest) => (ranges().length > 2 ? response.end(rest) : breakOff(response, rest, after));
  expect((await pourAll()).equals(content)).toBe(true);
  expect(ranges()).toEqual([undefined, `bytes=${after}-`, `bytes=${2 * after}-`]);
});

test('pour: bytes that are not those of the checksum are an error', async () => {
  send = (response, rest) => response.end(Buffer.concat([rest.subarray(1), rest.subarray(0, 1)]));
  await expect(pourAll()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/"large" .* is damaged: .* CRC32/),
  });
});

test('pour: a store that stops sending is too slow', async () => {
  send = (response, rest) => void response.write(rest.subarray(0, rest.length / 2));
  await expect(pourAll()).rejects.toMatchObject({ message: expect.stringMatching(/too slow: .* 0.5s for data/) });
});

test('pour: an error of the receiver is the error, and the store is not asked again', async () => {
  const failing = pourTo(() => Promise.reject(new Error('the disk is full')));
  await expect(failing).rejects.toThrow('the disk is full');
  expect(ranges()).toHaveLength(1);
});

test('pour: an abort ends it, and its connection, with the reason', async () => {
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
