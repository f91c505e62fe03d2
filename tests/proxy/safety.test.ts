import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomesTrue } from '../parts/poll.ts';
import { createChannels, createServers, exchangeBytes, openProxy, type Servers } from '../parts/proxied.ts';

let servers: Servers;
/** What reached the service behind the proxy. */
let reached: string[];
let port: number;

const limits = {
  headBytes: 2048,
  headTimeoutMs: 150,
  bodyIdleMs: 150,
  bodyBytes: 10_000,
  lingerMs: 200,
  keepAliveMs: 400,
};

beforeEach(async () => {
  servers = createServers();
  reached = [];
  const { url } = await servers.serve((incoming, response) => {
    reached.push(`${incoming.method} ${incoming.url}`);
    incoming.resume().on('end', () => response.end('reached'));
  });
  const target = { url };
  const services = ['data', 'ai'].map((name) => ({ kind: 'http' as const, name, target }));
  ({ port } = await openProxy(servers, { services, limits }).open({ services: ['data'] }));
});

afterEach(() => servers.close());

const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}Connection: close\r\n\r\n`;
const post = (fields: string, body = '') => `POST /data/query HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`;
const ok = get('/data/query');

/** The status of each answer in what came back. */
const statusesIn = (heard: string) => [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

describe('a request that two servers could read in two ways', () => {
  it('is answered when it is plain', async () => {
    expect(statusesIn(await exchangeBytes(port, ok))).toEqual([200]);
    expect(reached).toEqual(['GET /query']);
    const chunked = post('Transfer-Encoding: chunked\r\nConnection: close\r\n', '3\r\nabc\r\n0\r\n\r\n');
    expect(statusesIn(await exchangeBytes(port, chunked))).toEqual([200]);
    expect(statusesIn(await exchangeBytes(port, post('Content-Length: 3\r\nConnection: close\r\n', 'abc')))).toEqual([
      200,
    ]);
  });

  const smuggled = 'GET /data/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

  it.each([
    [
      'a length beside chunks',
      post(`Content-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
    ],
    ['chunks beside a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${smuggled}`)],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled)],
    ['the same length twice', post('Content-Length: 3\r\nContent-Length: 3\r\n', `abc${smuggled}`)],
    [
      'a folded line',
      `GET /data/query HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n${smuggled}`,
    ],
    ['a space before a colon', post('Content-Length : 3\r\n', `abc${smuggled}`)],
    ['a veiled encoding', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${smuggled}`)],
    ['a chunk extension', post('Transfer-Encoding: chunked\r\n', `0;x\n\r\n\r\n${smuggled}`)],
    ['a trailer', post('Transfer-Encoding: chunked\r\n', `0\r\nContent-Length: 4\r\n\r\n${smuggled}`)],
    ['bare line feeds', 'GET /data/query HTTP/1.1\nHost: x\n\n\r\n\r\n'],
    ['NUL in a header', `GET /data/query HTTP/1.1\r\nHost: x\0\r\n\r\n${smuggled}`],
    ['a whole URL', `GET http://x/data/query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n${smuggled}`],
    ['CONNECT', `CONNECT data:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n${smuggled}`],
    ['an upgrade', get('/data/query', 'Upgrade: websocket\r\n')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['two hosts', get('/data/query', 'Host: y\r\n')],
    ['no host', 'GET /data/query HTTP/1.1\r\n\r\n'],
    ['TLS', Buffer.from('16030100a5010000a10303\r\n\r\n', 'latin1')],
  ])('is refused: %s', async (_, wire) => {
    const heard = await exchangeBytes(port, wire);
    expect(statusesIn(heard)).toEqual([400]);
    expect(heard).toMatch(/connection: close|Connection: close/);
    expect(JSON.parse(heard.slice(heard.indexOf('{')))).toEqual({
      error: expect.any(String),
      code: expect.any(String),
    });
    // The call may have begun before its body showed what it is; what was smuggled never does.
    expect(reached).not.toContain('GET /smuggled');
  });

  it.each([
    '/data/../ai/query',
    '/data/..%2fai/query',
    '/data/%2e%2e/ai/query',
    '/data/%252e%252e/ai/query',
    '//ai/query',
    '/data/..\\ai/query',
    '/data/%5c..%5cai/query',
    '/data/..;/ai/query',
    '/data/%00/query',
    '/%64ata/query',
    '/data%2fquery',
  ])('is refused: the path %s', async (path) => {
    const heard = await exchangeBytes(port, get(path));
    expect(statusesIn(heard)).toEqual([400]);
    expect(heard).toContain('"code":"BAD_PATH"');
    expect(reached).toEqual([]);
  });

  it('never leads to a service that was not granted', async () => {
    expect(statusesIn(await exchangeBytes(port, get('/ai/query')))).toEqual([403]);
    expect(statusesIn(await exchangeBytes(port, get('/AI/query')))).toEqual([404]);
    expect(reached).toEqual([]);
  });

  it('cannot trace what is added to it', async () => {
    const heard = await exchangeBytes(port, get('/data/query').replace('GET', 'TRACE'));
    expect(statusesIn(heard)).toEqual([405]);
    expect(reached).toEqual([]);
  });
});

describe('a request that is too much', () => {
  it('has too long a head: 431', async () => {
    expect(statusesIn(await exchangeBytes(port, get('/data/query', `X-A: ${'a'.repeat(1500)}\r\n`)))).toEqual([200]);
    expect(statusesIn(await exchangeBytes(port, get('/data/query', `X-A: ${'a'.repeat(2500)}\r\n`)))).toEqual([431]);
    expect(statusesIn(await exchangeBytes(port, 'G'.repeat(3000)))).toEqual([431]);
    expect(statusesIn(await exchangeBytes(port, get('/data/query', 'A: b\r\n'.repeat(120))))).toEqual([431]);
  });

  it('has too long a body: 413, with and without a length, also when it waits to be asked', async () => {
    const fits = post('Content-Length: 10000\r\nConnection: close\r\n', 'x'.repeat(10_000));
    expect(statusesIn(await exchangeBytes(port, fits))).toEqual([200]);
    const known = post('Content-Length: 10001\r\nConnection: close\r\n', 'x'.repeat(10_001));
    expect(statusesIn(await exchangeBytes(port, known))).toEqual([413]);
    const unknown = post('Transfer-Encoding: chunked\r\n', `2711\r\n${'x'.repeat(10_001)}\r\n0\r\n\r\n`);
    expect(statusesIn(await exchangeBytes(port, unknown))).toEqual([413]);
    const asks = post('Content-Length: 10001\r\nExpect: 100-continue\r\n');
    expect(statusesIn(await exchangeBytes(port, asks))).toEqual([413]);
    const asksFirst = post('Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n', 'abc');
    expect(statusesIn(await exchangeBytes(port, asksFirst))).toEqual([100, 200]);
  });

  it('reads the refusal of a large upload, though it is still being sent', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upload = request({ port, path: '/ai/query', method: 'POST', headers: { 'content-length': '4000000' } });
      upload.on('response', (response) => resolve(response.statusCode)).on('error', reject);
      upload.end(Buffer.alloc(4_000_000));
    });
    expect(status).toBe(403);
  });

  it('comes too slowly: 408, for its head and for its body', async () => {
    const drip = (wire: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let heard = '';
        let at = 0;
        const timer = setInterval(() => socket.write(wire[at++] ?? 'x'), 20);
        socket.setEncoding('latin1').on('data', (piece) => {
          heard += piece;
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(timer);
          resolve(heard);
        });
      });
    expect(statusesIn(await drip(ok))).toEqual([408]);
    expect(reached).toEqual([]);
    expect(statusesIn(await exchangeBytes(port, post('Content-Length: 5\r\n', 'ab')))).toEqual([408]);
  });

  it('is one of thousands on one connection: they are answered one after the other', async () => {
    const many = 'GET /data/query HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500);
    const heard = await exchangeBytes(port, `${many}${ok}`);
    expect(statusesIn(heard)).toEqual(Array.from({ length: 501 }, () => 200));
    const refusals = 'GET /ai/query HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5000);
    const refused = statusesIn(await exchangeBytes(port, `${refusals}${ok}`));
    expect([refused.length, refused.at(-2), refused.at(-1)]).toEqual([5001, 403, 200]);
  });

  it('is one of many that would fill our memory together: 503', async () => {
    const services = [{ kind: 'redis' as const, name: 'data' }];
    const bounded = { queryBytes: 6000, collectedBytesPerSession: 10_000 };
    const other = await openProxy(servers, { services, redis: createChannels(), limits: bounded }).open();
    const first = connect(other.port, '127.0.0.1');
    first.write(`${post('Content-Length: 6000\r\n')}${'x'.repeat(5999)}`);
    const second = () =>
      exchangeBytes(other.port, `${post('Content-Length: 6000\r\nConnection: close\r\n')}${'x'.repeat(6000)}`);
    expect(await becomesTrue(async () => statusesIn(await second())[0] === 503, 2000)).toBe(true);
    first.destroy();
    // What is held no more is free again: now the body is complete, and found to be no JSON.
    expect(await becomesTrue(async () => statusesIn(await second())[0] === 400, 2000)).toBe(true);
  });

  it('leaves an idle connection that is closed after a while', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    let closed = false;
    socket.resume().on('close', () => {
      closed = true;
    });
    expect(await becomesTrue(() => closed, 3000)).toBe(true);
  });
});

it('speaks HTTP/1.0 and HEAD too', async () => {
  const old = await exchangeBytes(port, 'GET /data/query HTTP/1.0\r\n\r\n');
  expect(old).toMatch(/^HTTP\/1\.1 200 OK\r\n.*connection: close.*\r\n\r\nreached$/s);
  const head = await exchangeBytes(port, ok.replace('GET', 'HEAD'));
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s);
  const health = await exchangeBytes(port, get('/health').replace('GET', 'HEAD'));
  expect(health).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: \d+\r\n.*\r\n$/s);
});
