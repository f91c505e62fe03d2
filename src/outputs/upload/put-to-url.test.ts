import { createHash } from 'node:crypto';
import {
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import { createUrlPut, createUrlSender } from './put-to-url.ts';

// Two addresses of this machine, of which one is on the allowlist.
const [allowed, forbidden] = ['127.0.0.2', '127.0.0.1'];
const content = Buffer.alloc(700_000, 'x');
let directory = '';
let server: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'put-'));
  await writeFile(join(directory, 'file'), content);
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((closed) => server?.close(closed) ?? closed(undefined));
  server = undefined;
  await removeTree(directory);
});

async function listen(answer: RequestListener, host = allowed): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, host, resolve));
  const address = listening.address();
  return `http://${host}:${typeof address === 'object' ? address?.port : ''}`;
}

async function put(url: string, size = content.length): Promise<string> {
  const lookup = async () => [forbidden];
  const sender = createUrlSender({
    allowedHosts: [allowed],
    allowedDirectories: [join(directory, 'allowed')],
    lookup,
    idleMs: 500,
  });
  const send = createUrlPut({ send: sender, attempts: 2, backoffMs: 1 });
  const handle = await open(join(directory, 'file'));
  try {
    return await send(handle, size, new URL(url), new AbortController().signal);
  } catch (error) {
    return error instanceof ExecError ? `${error.code} ${error.message}` : String(error);
  } finally {
    await handle.close();
  }
}

test('a file goes out by one PUT with its length, and its checksum comes back', async () => {
  const seen: unknown[] = [];
  const url = await listen(async (request, response) => {
    const { method, url: path, headers } = request;
    seen.push(method, path, headers['content-length'], (await buffer(request)).equals(content));
    response.writeHead(201).end();
  });
  const sha256 = createHash('sha256').update(content).digest('hex');
  expect(await put(`${url}/a/b?signature=s`)).toBe(sha256);
  expect(seen).toEqual(['PUT', '/a/b?signature=s', String(content.length), true]);
});

test('an empty file is sent as one', async () => {
  const url = await listen(async (request, response) => {
    response.writeHead((await buffer(request)).length === 0 ? 200 : 400).end();
  });
  expect(await put(url, 0)).toBe(createHash('sha256').digest('hex'));
});

test('put to URL: retries a server that fails, not one that refuses; no message holds a secret', async () => {
  const statuses = [503, 200, 403];
  const url = await listen(async (request, response) => {
    await buffer(request);
    response.writeHead(statuses.shift() ?? 500).end();
  });
  expect(await put(url)).toMatch(/^[0-9a-f]{64}$/);
  const refused = await put(`${url}/x?signature=secret`);
  expect(refused).toMatch(/^STORE_UNAVAILABLE .*\/x answered with status 403\. .*presigned/);
  expect(refused).not.toContain('secret');
});

test('a redirect is no success, nor is silence', async () => {
  const redirecting = await listen(() => undefined);
  server?.on('checkContinue', (_request, response: ServerResponse) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await put(redirecting)).toMatch(/status 307/);
  server?.closeAllConnections();
  const silent = await listen(() => undefined);
  expect(await put(silent)).toMatch(/^STORE_UNAVAILABLE .*could not be written to: it was silent/);
});

test('putToUrl: addresses that are not public are refused under any name', async () => {
  let reached = 0;
  const url = await listen((_request, response) => {
    reached += 1;
    response.end();
  }, forbidden);
  const { port } = new URL(url);
  for (const host of [forbidden, 'rebinding.example.com', '169.254.169.254', '[::1]'])
    expect(await put(`http://${host}:${port}/`)).toMatch(/^POLICY_DENIED .*EXEC_UPLOAD_HOSTS/);
  expect(reached).toBe(0);
});

describe('a file URL', () => {
  const fileUrl = (path: string) => pathToFileURL(join(directory, path)).href;
  beforeEach(() => mkdir(join(directory, 'allowed')));

  test('is written below an allowed directory, in place of an older file, with a checksum', async () => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    for (let time = 0; time < 2; time += 1) expect(await put(fileUrl('allowed/new/result'))).toBe(sha256);
    expect((await readFile(join(directory, 'allowed/new/result'))).equals(content)).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)(
    'belongs to the owner of the allowed directory, as what is made above it',
    async () => {
      await chown(join(directory, 'allowed'), 1234, 5678);
      await put(fileUrl('allowed/new/result'));
      for (const path of ['allowed/new', 'allowed/new/result'])
        expect(await stat(join(directory, path))).toMatchObject({ uid: 1234, gid: 5678 });
    },
  );

  test('leaves a file that was there before as it is until all of the new one is written', async () => {
    const path = join(directory, 'allowed/result');
    await writeFile(path, 'older');
    expect(await put(fileUrl('allowed/result'), content.length + 1)).toMatch(/^STORE_UNAVAILABLE/);
    expect(await readFile(path, 'utf8')).toBe('older');
    expect(await readdir(join(directory, 'allowed'))).toEqual(['result']);
  });

  test('takes the place of a link, and leaves what that leads to alone', async () => {
    await writeFile(join(directory, 'canary'), 'untouched');
    await symlink('../canary', join(directory, 'allowed/soft'));
    await link(join(directory, 'canary'), join(directory, 'allowed/hard'));
    for (const name of ['soft', 'hard']) {
      await put(fileUrl(`allowed/${name}`));
      expect((await lstat(join(directory, 'allowed', name))).isFile()).toBe(true);
    }
    expect(await readFile(join(directory, 'canary'), 'utf8')).toBe('untouched');
  });

  test('is refused elsewhere, by way of a link, and where a directory is', async () => {
    await symlink(directory, join(directory, 'allowed/link'));
    await mkdir(join(directory, 'allowed/directory'));
    expect(await put(fileUrl('elsewhere'))).toMatch(/^POLICY_DENIED .*elsewhere .*EXEC_OUTPUT_FILES/);
    expect(await put(fileUrl('allowed/../elsewhere'))).toMatch(/^POLICY_DENIED /);
    expect(await put(`${fileUrl('allowed')}/a%2fb`)).toMatch(/^INVALID_REQUEST /);
    expect(await put(`${fileUrl('allowed')}/`)).toMatch(/^INVALID_REQUEST /);
    for (const path of ['allowed/link/elsewhere', 'allowed/directory'])
      expect(await put(fileUrl(path))).toMatch(/^STORE_UNAVAILABLE .*could not be written/);
    expect(await readdir(directory)).toEqual(['allowed', 'file']);
  });

  test('leaves no file behind when it is not complete', async () => {
    expect(await put(fileUrl('allowed/result'), content.length + 1)).toMatch(/^STORE_UNAVAILABLE/);
    expect(await readdir(join(directory, 'allowed'))).toEqual([]);
  });
});
