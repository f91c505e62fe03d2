import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPlaceJudge } from '../../registries/judge-place.ts';
import { createJudgedProxy, type JudgedProxy } from './judged-proxy.ts';

let registry: Server;
let other: Server;
let front: NetServer;
let proxy: JudgedProxy;
let reachedOther = 0;

const portOf = (server: NetServer): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

beforeEach(async () => {
  reachedOther = 0;
  registry = createHttpServer((_request, response) => response.end('registry'));
  other = createHttpServer((_request, response) => response.end('other'));
  other.on('connection', () => {
    reachedOther += 1;
  });
  for (const server of [registry, other]) await once(server.listen(0, '127.0.0.1'), 'listening');
  proxy = createJudgedProxy(createPlaceJudge({ registry: `127.0.0.1:${portOf(registry)}`, redirects: [] }));
  front = createServer((socket) => proxy.accept(socket));
  await once(front.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  proxy.close();
  for (const server of [registry, other, front]) server.close();
});

/** As a client of a proxy asks. */
async function ask(url: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const asked = request({ host: '127.0.0.1', port: portOf(front), path: url, agent: false }).end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  let body = '';
  for await (const piece of response ?? []) body += piece;
  return { status: response?.statusCode, body };
}

async function connectTo(place: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const asked = request({ host: '127.0.0.1', port: portOf(front), method: 'CONNECT', path: place, agent: false }).end();
  const [response, socket] = await once(asked, 'connect');
  if (response.statusCode !== 200) return { status: response.statusCode, text: response.statusMessage };
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  let text = '';
  for await (const piece of socket) text += piece;
  return { status: 200, text };
}

test('judged proxy: passes on what is for the registry', async () => {
  const place = `127.0.0.1:${portOf(registry)}`;
  expect(await ask(`http://${place}/v2/`)).toEqual({ status: 200, body: 'registry' });
  expect((await connectTo(place)).text).toContain('registry');
  expect(proxy.refusal()).toBeUndefined();
});

test.each([
  '127.0.0.1',
  'localhost',
  '2130706433',
  '[::ffff:127.0.0.1]',
])('judged proxy: another port of loopback is refused, written as %s', async (host) => {
  expect((await ask(`http://${host}:${portOf(other)}/`)).status).toBe(502);
  expect((await connectTo(`${host}:${portOf(other)}`)).status).toBe(502);
  expect(reachedOther).toBe(0);
  expect(proxy.refusal()).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
});

test.each([
  '169.254.169.254',
  '10.0.0.1',
  '192.168.0.1',
  '[fd00::1]',
  '[fe80::1]',
])('judged proxy: %s is refused, naming the setting', async (host) => {
  expect((await ask(`http://${host}/`)).status).toBe(502);
  expect(proxy.refusal()?.message).toMatch(/sends its readers to .* "redirects" .*EXEC_REGISTRIES_FILE/);
});

test('judged proxy: a registry that cannot be reached is no refusal, and the reason is kept', async () => {
  const place = `127.0.0.1:${portOf(registry)}`;
  registry.close();
  expect((await connectTo(place)).text).toContain('ECONNREFUSED');
  expect(proxy.refusal()).toBeUndefined();
  expect(proxy.problem()).toContain('ECONNREFUSED');
});

test.each([
  'HTTP/1.1 099 x\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 x\r\ntrailer: a\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 101 x\r\nupgrade: a\r\nconnection: upgrade\r\n\r\n',
  'no HTTP\r\n\r\n',
])('judged proxy: an answer that cannot be passed on is refused (%j)', async (answer) => {
  const place = `127.0.0.1:${portOf(registry)}`;
  registry.removeAllListeners('connection');
  registry.on('connection', (socket) => socket.once('data', () => socket.end(answer)));
  expect((await ask(`http://${place}/v2/`)).status).toBe(502);
  expect(proxy.refusal()).toBeUndefined();
  expect(proxy.problem()).toMatch(/\w/);
});

test('judged proxy: closes the connection to a place that never answers when its client has gone', async () => {
  registry.removeAllListeners('connection');
  const arrived = once(registry, 'connection');
  const asked = request({
    host: '127.0.0.1',
    port: portOf(front),
    path: `http://127.0.0.1:${portOf(registry)}/`,
  }).end();
  asked.on('error', () => undefined);
  const [socket] = await arrived;
  proxy.close();
  socket.resume();
  await once(socket, 'end');
  socket.destroy();
});
