import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openScriptedS3, read, refuse, type ScriptedS3, secret, signal, write } from '../scripted-s3.contract.ts';

let s3: ScriptedS3;

beforeEach(async () => {
  s3 = await openScriptedS3();
});
afterEach(() => s3.close());

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
    s3.play(refuse(status, code));
    const failure = await read(s3.openStore()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(sentence) });
    expect(failure).toMatchObject({ message: expect.stringContaining(`http://${s3.address}`) });
    expect(JSON.stringify(failure)).not.toContain(secret);
  });

  test.each([
    'no space left on device',
    'No free volumes left!',
    'no more writable volumes',
  ])('a store that is full and says so in words only: %s', async (message) => {
    s3.play(refuse(500, 'InternalError', message));
    await expect(write(s3.openStore())).rejects.toThrow(/is full/);
  });

  test('missing objects and buckets', async () => {
    s3.play(refuse(404, 'NoSuchKey'));
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: `There is no object "data/input.csv" in the bucket "bucket" of the object store at http://${s3.address}. Check its name, or put it there first.`,
    });
    s3.play(refuse(404, 'NoSuchBucket'));
    await expect(read(s3.openStore())).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  test('a store that is not there', async () => {
    const store = s3.openStore({ endpoint: '127.0.0.1:1' });
    await expect(read(store)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/http:\/\/127.0.0.1:1 cannot be reached .*ECONNREFUSED.*MINIO_ENDPOINT/),
    });
  });

  test('a store that does not answer', async () => {
    s3.play(() => undefined);
    await expect(read(s3.openStore())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/too slow: reading in the bucket "bucket" got no answer, 3 times/),
    });
  });

  test('a store that does not speak TLS', async () => {
    await expect(read(s3.openStore({ useSsl: true }))).rejects.toMatchObject({
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
    const failure = await read(s3.openStore({ endpoint })).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/Set MINIO_ENDPOINT to one such as/),
    });
    expect(failure).not.toMatchObject({ message: expect.stringContaining('password') });
  });

  test('a file of certificates that is not there', async () => {
    await expect(read(s3.openStore({ caFile: '/no/such/ca.pem' }))).rejects.toThrow(
      /\/no\/such\/ca.pem .*MINIO_CA_FILE/,
    );
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
    await expect(s3.openStore().get({ name }, signal)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(s3.asked).toEqual([]);
  });

  test.each(['Upper', 'a/b', 'x', 'arn:aws:s3:::bucket', '..'])('the bucket %j is refused', async (bucket) => {
    await expect(s3.openStore().get({ bucket, name: 'a' }, signal)).rejects.toThrow(/The bucket .* is not 3 to 63 of/);
  });
});
