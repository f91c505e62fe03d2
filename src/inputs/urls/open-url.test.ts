import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import { createUrlOpener } from './open-url.ts';
import type { UrlOptions } from './url-options.ts';

// Two addresses of this machine: the one is on the allowlist, what listens on the other must never be reached.
const [allowed, forbidden] = ['127.0.0.2', '127.0.0.1'];
const { signal } = new AbortController();
const servers: Server[] = [];
let asked: string[] = [];
let reachedForbidden = 0;

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
  asked = [];
  reachedForbidden = 0;
});

function listen(host: string, answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
}

const listenForbidden = () =>
  listen(forbidden, (_request, response) => {
    reachedForbidden += 1;
    response.end('secret');
  });

const unknownName = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });

function open(url: string, options: Partial<UrlOptions> = {}, stop = signal) {
  const lookup = async (host: string) => {
    asked.push(host);
    throw unknownName;
  };
  const limits = { maxRedirects: 3, idleMs: 5000 };
  const defaults = { allowedHosts: [`${allowed}/32`], allowedDirectories: [], lookup, limits };
  return createUrlOpener({ ...defaults, ...options })(new URL(url), stop);
}

async function read(url: string, options: Partial<UrlOptions> = {}): Promise<string> {
  return text((await open(url, options)).body);
}

async function failure(url: string, options: Partial<UrlOptions> = {}): Promise<string> {
  try {
    const { body } = await open(url, options);
    return `it was read: ${await text(body)}`;
  } catch (error) {
    return error instanceof ExecError ? `${error.code} ${error.message}` : String(error);
  }
}

describe('an http URL', () => {
  test('is read, with its query, by a request that asks for no compression', async () => {
    const port = await listen(allowed, (request, response) => {
      response.end(`${request.url} ${request.headers['accept-encoding']} ${request.headers.host}`);
    });
    const opened = await open(`http://${allowed}:${port}/a/b?c=d#e`);
    const content = `/a/b?c=d identity ${allowed}:${port}`;
    expect(await text(opened.body)).toBe(content);
    expect(opened.size).toBe(content.length);
  });

  test.each([
    'http://127.0.0.1:1/',
    'http://localhost.:1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://0/',
    'http://①②⑦.⓪.⓪.①/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
  ])('%s is refused', async (url) => {
    expect(await failure(url, { lookup: async () => ['127.0.0.1', '::1'] })).toMatch(
      /^POLICY_DENIED .*EXEC_INPUT_HOSTS/,
    );
  });

  test('of a name that leads into the machine is refused, and names the address', async () => {
    const port = await listenForbidden();
    const answer = await failure(`http://files.example.com:${port}/x`, { lookup: async () => [forbidden] });
    expect(answer).toMatch(/^POLICY_DENIED files\.example\.com \(127\.0\.0\.1\)/);
    expect(reachedForbidden).toBe(0);
  });

  test('of a name on the allowlist is read wherever that leads', async () => {
    const port = await listen(forbidden, (_request, response) => response.end('fine'));
    const options = { allowedHosts: ['*.example.com'], lookup: async () => [forbidden] };
    expect(await read(`http://files.example.com:${port}/x`, options)).toBe('fine');
  });

  test('is read from the address that was judged, also if the name resolves to another one a moment later', async () => {
    const port = await listen(allowed, (_request, response) => response.end('from the judged address'));
    servers.push(createServer(() => (reachedForbidden += 1)).listen(port, forbidden));
    const lookups: string[] = [];
    const lookup = async (host: string) => {
      lookups.push(host);
      return [lookups.length === 1 ? allowed : forbidden];
    };
    expect(await read(`http://rebinding.example.com:${port}/`, { lookup })).toBe('from the judged address');
    expect(lookups).toEqual(['rebinding.example.com']);
    expect(reachedForbidden).toBe(0);
  });

  test('of a name with several addresses is read from those that are allowed only', async () => {
    const port = await listen(allowed, (_request, response) => response.end('right'));
    servers.push(createServer(() => (reachedForbidden += 1)).listen(port, forbidden));
    expect(await read(`http://x.example.com:${port}/`, { lookup: async () => [forbidden, '10.0.0.1', allowed] })).toBe(
      'right',
    );
    expect(reachedForbidden).toBe(0);
  });

  test('is followed through redirects, each of which is judged', async () => {
    const secret = await listenForbidden();
    const port = await listen(allowed, ({ url }, response) => {
      const to = { '/1': '/2', '/2': `//${allowed}:${port}/3`, '/in': `http://${forbidden}:${secret}/` }[url ?? ''];
      if (to === undefined) response.end(`at ${url}`);
      else response.writeHead(302, { location: to }).end();
    });
    expect(await read(`http://${allowed}:${port}/1`)).toBe('at /3');
    expect(await failure(`http://${allowed}:${port}/in`)).toMatch(/^POLICY_DENIED 127\.0\.0\.1 /);
    expect(reachedForbidden).toBe(0);
  });

  test.each([
    ['file:///etc/passwd', /^POLICY_DENIED .* leads to file:\/\/\/etc\/passwd, which is not followed/],
    ['http://', /^POLICY_DENIED .* leads to no URL/],
    ['/again', /^INPUT_NOT_FOUND .*at most 3 redirects/],
  ])('that redirects to %s is refused', async (location, message) => {
    const port = await listen(allowed, (_request, response) => response.writeHead(307, { location }).end());
    expect(await failure(`http://${allowed}:${port}/`)).toMatch(message);
  });

  test.each([
    [404, 'INPUT_NOT_FOUND'],
    [403, 'INPUT_NOT_FOUND'],
    [206, 'INPUT_NOT_FOUND'],
    [302, 'INPUT_NOT_FOUND'],
    [503, 'STORE_UNAVAILABLE'],
  ])('that answers with %d is %s, and its message holds no secret', async (status, code) => {
    const port = await listen(allowed, (_request, response) => response.writeHead(status).end('x'));
    const answer = await failure(`http://${allowed}:${port}/a?X-Signature=secret`);
    expect(answer).toContain(`${code} http://${allowed}:${port}/a answered with status ${status}`);
    expect(answer).not.toContain('secret');
  });

  test('that breaks off fails', async () => {
    const port = await listen(allowed, (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    await expect(read(`http://${allowed}:${port}/`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('whose server is silent fails, before and in the middle of the response', async () => {
    const limits = { maxRedirects: 3, idleMs: 100 };
    const port = await listen(allowed, ({ url }, response) => {
      if (url === '/half') response.writeHead(200).write('half');
    });
    expect(await failure(`http://${allowed}:${port}/`, { limits })).toMatch(/^STORE_UNAVAILABLE .*silent for 0\.1 s/);
    await expect(read(`http://${allowed}:${port}/half`, { limits })).rejects.toThrow('silent for 0.1 s');
  });

  test('that nobody listens at, or whose name nobody knows, is said to be so', async () => {
    expect(await failure(`http://${allowed}:1/`)).toMatch(/^STORE_UNAVAILABLE .*ECONNREFUSED/);
    expect(await failure('http://no.such.host/')).toBe(
      'INPUT_NOT_FOUND there is no host named no.such.host. Correct the URL.',
    );
    expect(asked).toEqual(['no.such.host']);
  });

  test('is closed when the signal aborts, also while the name is resolved', async () => {
    const abort = new AbortController();
    const lookup = () => new Promise<readonly string[]>(() => undefined);
    const opening = open('http://slow.example.com/', { lookup }, abort.signal);
    abort.abort(new ExecError('CANCELED', 'enough'));
    await expect(opening).rejects.toThrow('enough');
  });
});

describe('a file URL', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'file-urls-'));
    await mkdir(join(directory, 'data/deep'), { recursive: true });
    await writeFile(join(directory, 'data/deep/a b.csv'), 'content');
    await writeFile(join(directory, 'secret'), 'secret');
    await symlink(join(directory, 'secret'), join(directory, 'data/link'));
    await symlink(directory, join(directory, 'data/up'));
    await symlink(join(directory, 'data'), join(directory, 'alias'));
  });
  afterEach(() => removeTree(directory));

  const here = (path: string) => pathToFileURL(directory).href + path;
  const options = (...allowedDirectories: string[]) => ({ allowedDirectories });

  test('is read below an allowed directory', async () => {
    expect(await read(here('/data/deep/a%20b.csv'), options(join(directory, 'data')))).toBe('content');
    expect(await read(here('/alias/deep/a%20b.csv'), options('/nowhere', `${directory}/alias/`))).toBe('content');
  });

  test.each([
    ['/secret', /^POLICY_DENIED .*EXEC_INPUT_FILES/],
    ['/data', /^POLICY_DENIED/],
    ['/database/x', /^POLICY_DENIED/],
    ['/data/../secret', /^POLICY_DENIED/],
    ['/data/%2e%2e/secret', /^POLICY_DENIED/],
    ['/data/..%2fsecret', /^INVALID_REQUEST .*encoded/],
    ['/data/x%00', /^INVALID_REQUEST .*encoded/],
    ['/data/link', /^INPUT_NOT_FOUND .*a symbolic link/],
    ['/data/up/secret', /^INPUT_NOT_FOUND .*a symbolic link/],
    ['/data/deep', /^INPUT_NOT_FOUND .*a directory/],
    ['/data//deep', /^INVALID_REQUEST .*empty part/],
    ['/data/none', /^INPUT_NOT_FOUND There is no file/],
  ])('%s is refused', async (path, message) => {
    expect(await failure(here(path), options(join(directory, 'data')))).toMatch(message);
  });

  test('is refused where nothing is allowed, or on another host', async () => {
    expect(await failure(here('/data/deep/a%20b.csv'))).toMatch(/^POLICY_DENIED/);
    expect(await failure('file://server/data/x', options('/data'))).toMatch(/^INVALID_REQUEST .*another host/);
  });
});
