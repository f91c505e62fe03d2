import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ObjectInfo } from '../object-store.ts';
import { type Answer, give, openScriptedS3, read, refuse, type ScriptedS3, signal } from './scripted-s3.contract.ts';

let s3: ScriptedS3;

beforeEach(async () => {
  s3 = await openScriptedS3();
});
afterEach(() => s3.close());

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

  const keyUsed = () => /Credential=([^/]+)/.exec(s3.asked.at(-1)?.headers.authorization ?? '')?.[1];

  test('with the keys of the settings before any others', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    s3.play(give({}));
    await read(s3.openStore());
    expect(keyUsed()).toBe('someone');
  });

  test('with the keys of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_SESSION_TOKEN', 'a-session');
    s3.play(give({}));
    await read(s3.openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-environment');
    expect(s3.asked[0]?.headers['x-amz-security-token']).toBe('a-session');
  });

  test('with the keys of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aws-'));
    const file = join(directory, 'credentials');
    await writeFile(file, '[default]\naws_access_key_id = of-the-file\naws_secret_access_key = x\n');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    s3.play(give({}));
    await read(s3.openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-file');
    await rm(directory, { recursive: true });
  });

  test('with the keys of the machine’s role', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://${s3.address}`);
    const role = {
      AccessKeyId: 'of-the-role',
      SecretAccessKey: 'x',
      Token: 'a-session',
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    };
    s3.play((response, request) => {
      const { url } = request;
      if (url === '/latest/api/token') response.end('token');
      else if (url.endsWith('/security-credentials/')) response.end('role');
      else if (url.endsWith('/security-credentials/role')) response.end(JSON.stringify({ Code: 'Success', ...role }));
      else give({})(response, request);
    });
    await read(s3.openStore({ credentials: undefined }));
    expect(keyUsed()).toBe('of-the-role');
  });

  test('without any keys the sentence says where they could be', async () => {
    await expect(read(s3.openStore({ credentials: undefined }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/environment, ~\/\.aws, instance role\), or set MINIO_ACCESS_KEY/),
    });
  });

  test('with the store’s clock when the machine’s is wrong', async () => {
    const ahead = new Date(Date.now() + 3_600_000);
    s3.play((response, request) => {
      response.setHeader('date', ahead.toUTCString());
      refuse(403, 'RequestTimeTooSkewed')(response, request);
    }, give({}));
    await read(s3.openStore());
    const [first, second] = s3.asked.map(({ headers }) => String(headers['x-amz-date']));
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
    const signed = await s3.openStore(options).presign?.({ name: 'a b' }, 60);
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
    s3.play(page(true, 'more', ['data/', 0], ['data/a', 0]), page(false, '', ['data/b&amp;c', 3], ['data/d/', 5]));
    const listed: ObjectInfo[] = [];
    for await (const each of s3.openStore().list({ name: 'data/' }, signal)) listed.push(each);
    expect(listed).toEqual([
      { name: 'data/a', size: 0 },
      { name: 'data/b&c', size: 3 },
      { name: 'data/d/', size: 5 },
    ]);
    expect(s3.asked[1]?.url).toContain('continuation-token=more');
  });
});
