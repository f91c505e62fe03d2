import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryAccess } from '../../../../tests/parts/images/registry-access.ts';
import { failureOf } from '../../contract/bench.contract.ts';
import { openImageStore } from './image-store.ts';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const config = JSON.stringify({
  architecture: 'amd64',
  config: {
    Entrypoint: ['/e'],
    Cmd: null,
    Env: ['A=1'],
    User: 'app',
    WorkingDir: '/srv',
    StopSignal: 'SIGINT',
    Labels: { x: 'y' },
  },
});
const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf(config) }, layers: [] });
const index = (arch: string) =>
  JSON.stringify({ manifests: [{ digest: digestOf(manifest), platform: { architecture: arch, os: 'linux' } }] });

const documents = new Map([
  ['/v2/team/tool/manifests/one', manifest],
  ['/v2/team/tool/manifests/many', index('amd64')],
  ['/v2/team/tool/manifests/arm', index('arm64')],
  [`/v2/team/tool/manifests/${digestOf(manifest)}`, manifest],
  [`/v2/team/tool/blobs/${digestOf(config)}`, config],
  ['/v2/team/wrong/manifests/one', manifest],
  ['/v2/team/swapped/manifests/many', index('amd64')],
  [`/v2/team/swapped/manifests/${digestOf(manifest)}`, manifest.replace('"layers":[]', '"layers":[{}]')],
  [`/v2/team/swapped/blobs/${digestOf(config)}`, config],
  [`/v2/team/wrong/blobs/${digestOf(config)}`, config.replace('/e', '/other')],
]);
let server: Server;
let address = '';
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
    asked.push(pathname);
    const say = (status: number, body: string, headers = {}) => response.writeHead(status, headers).end(body);
    if (pathname === '/token') return say(200, JSON.stringify({ token: `for ${searchParams.get('scope')}` }));
    if (pathname === '/elsewhere/200') return say(200, 'secret-of-the-host');
    if (pathname === '/elsewhere/403') return say(403, 'secret-of-the-host');
    const target = /\/team\/redirected\/manifests\/(\d+)$/.exec(pathname)?.[1];
    if (target !== undefined) return say(307, '', { location: `http://${address}/elsewhere/${target}` });
    const outwards = /\/team\/outwards\/manifests\/([\w-]+)$/.exec(pathname)?.[1];
    if (outwards !== undefined) return say(307, '', { location: Buffer.from(outwards, 'base64url').toString() });
    if (pathname.startsWith('/v2/team/asks/'))
      return say(401, '', { 'www-authenticate': 'Bearer realm="http://169.254.169.254/token",service="s"' });
    const realm = `Bearer realm="http://${address}/token",service="s",scope="repository:team/closed:pull"`;
    const path = pathname.replace('/team/closed/', '/team/tool/');
    const isClosed = path !== pathname && request.headers.authorization !== 'Bearer for repository:team/closed:pull';
    if (isClosed) return say(401, '', { 'www-authenticate': realm });
    const body = documents.get(path);
    if (body === undefined) return say(404, JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }));
    return say(200, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`;
});

afterAll(() => server.close());

describe('image store', () => {
  const never = new AbortController().signal;
  const storeWith = (now = () => 0) =>
    openImageStore({
      registries: registryAccess({ settings: { [address]: { insecure: true } } }),
      clock: { now },
      arch: 'amd64',
    });
  const ensure = (name: string, pull: 'missing' | 'always' | 'never' = 'missing') =>
    storeWith().ensure(`${address}/${name}`, { pull, signal: never });

  test('reads the digest and what decides what runs', async () => {
    expect(await ensure('team/tool:one')).toEqual({
      reference: `${address}/team/tool:one`,
      digest: digestOf(manifest),
      config: {
        arch: 'amd64',
        entrypoint: ['/e'],
        env: ['A=1'],
        user: 'app',
        workingDir: '/srv',
        stopSignal: 'SIGINT',
      },
    });
  });

  test('takes the manifest of the nodes’ architecture from a list, whose digest it keeps', async () => {
    expect(await ensure('team/tool:many')).toMatchObject({
      digest: digestOf(index('amd64')),
      config: { arch: 'amd64' },
    });
    expect(await failureOf(ensure('team/tool:arm'))).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('fetches a token where the registry asks for one', async () => {
    expect(await ensure('team/closed:one')).toMatchObject({ digest: digestOf(manifest) });
  });

  test('does not believe a configuration that is not what its digest says', async () => {
    expect(await failureOf(ensure('team/wrong:one'))).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
  });

  test('does not believe the manifest of a platform that is not what its digest says', async () => {
    expect(await failureOf(ensure('team/swapped:many'))).toMatchObject({
      code: 'IMAGE_PULL_FAILED',
      message: expect.stringContaining('another manifest of the platform'),
    });
  });

  test.each(['200', '403'])('quotes nothing of the place that a registry redirects to (%s)', async (status) => {
    const failure = await failureOf(ensure(`team/redirected:${status}`));
    expect(failure.code).toBe('IMAGE_PULL_FAILED');
    expect(JSON.stringify([failure.message, failure.context])).not.toContain('secret');
  });

  test.each([
    'http://127.0.0.1:1/v2/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://2130706433:1/',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/',
    'file:///etc/passwd',
  ])('redirects: a registry that sends its readers to %s is refused', async (location) => {
    const failure = await failureOf(ensure(`team/outwards:${Buffer.from(location).toString('base64url')}`));
    expect(failure).toMatchObject({
      code: 'IMAGE_PULL_FAILED',
      message: expect.stringContaining('sends its readers to'),
    });
  });

  test('redirects: a token service that is not on the public internet is refused', async () => {
    const { message } = await failureOf(ensure('team/asks:one'));
    expect(message).toMatch(/sends its readers to 169\.254\.169\.254:80\. .*"redirects".*EXEC_REGISTRIES_FILE/);
  });

  test('redirects: hosts that the settings of the registry name are followed', async () => {
    const settings = { [address]: { insecure: true, redirects: ['127.0.0.1'] } };
    const store = openImageStore({ registries: registryAccess({ settings }), clock: { now: () => 0 }, arch: 'amd64' });
    const other = createServer((_request, response) => response.writeHead(200).end(manifest));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const bound = other.address();
    const location = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/`;
    const reference = `${address}/team/outwards:${Buffer.from(location).toString('base64url')}`;
    try {
      const failure = await failureOf(store.ensure(reference, { pull: 'missing', signal: never }));
      // The manifest was read there; its configuration is not at this registry.
      expect(failure.message).toContain('MANIFEST_UNKNOWN');
    } finally {
      other.close();
    }
  });

  test('names the image that does not exist', async () => {
    const failure = await failureOf(ensure('team/tool:none'));
    expect(failure).toMatchObject({ code: 'IMAGE_NOT_FOUND', message: expect.stringContaining('team/tool:none') });
    expect((await failureOf(ensure('team/tool:none', 'never'))).code).toBe('IMAGE_NOT_FOUND');
  });

  test('asks again for a tag after a minute, or when the request says so', async () => {
    let now = 0;
    const store = storeWith(() => now);
    const asks = async (pull: 'missing' | 'always') => {
      const before = asked.length;
      await store.ensure(`${address}/team/tool:one`, { pull, signal: never });
      return asked.length - before;
    };
    expect([await asks('missing'), await asks('missing'), await asks('always')]).toEqual([2, 0, 2]);
    now = 61_000;
    expect(await asks('missing')).toBe(2);
  });
});
