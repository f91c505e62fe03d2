import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomesTrue } from '../parts/poll.ts';
import { createServers, exchangeBytes, openProxy, type Servers } from '../parts/proxied.ts';

let servers: Servers;

beforeEach(() => {
  servers = createServers();
});

afterEach(() => servers.close());

/** An upstream that keeps the answers to `/slow` until they are released, and counts its connections. */
async function serveSlowly() {
  const held: (() => void)[] = [];
  const { server, url } = await servers.serve((incoming, response) => {
    incoming.resume().on('end', () => {
      if (incoming.url === '/slow') held.push(() => response.end('slow'));
      else response.end('ok');
    });
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  return { url, held, connections: () => connections };
}

const serviceAt = (url: string) => [{ kind: 'http' as const, name: 'data', target: { url } }];

/** Sends the headers of a POST and the given part of its body. */
function beginPost(port: number, length: number | 'chunked', part: string): ClientRequest {
  const fields = length === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) };
  const sent = request({ port, path: '/data/x', method: 'POST', headers: fields });
  sent.on('error', () => undefined);
  sent.flushHeaders();
  if (part !== '') sent.write(part);
  return sent;
}

describe('connections to an upstream', () => {
  it.each([
    ['nothing of a body', 'chunked', ''],
    ['a part of a small body', 100, 'x'],
  ] as const)('connections to an upstream: 70 calls that have sent %s hold none', async (_name, length, part) => {
    const upstream = await serveSlowly();
    const { open } = openProxy(servers, { services: serviceAt(upstream.url) });
    const { port, url } = await open();
    const trickling = Array.from({ length: 70 }, () => beginPost(port, length, part));
    await delay(200);
    expect(upstream.connections()).toBe(0);
    const other = await open({ executionId: 'execution-2' });
    for (const one of [url, other.url])
      expect((await fetch(`${one}/data/x`, { signal: AbortSignal.timeout(2000) })).status).toBe(200);
    for (const one of trickling) one.destroy();
  });

  it('connections to an upstream: an execution that holds its share leaves some for others', async () => {
    const upstream = await serveSlowly();
    const { open } = openProxy(servers, { services: serviceAt(upstream.url), limits: { upstreamConnections: 8 } });
    const [greedy, other] = [await open(), await open({ executionId: 'execution-2' })];
    const calls = Array.from({ length: 20 }, () => fetch(`${greedy.url}/data/slow`));
    expect(await becomesTrue(async () => upstream.held.length === 4, 2000)).toBe(true);
    const answer = await fetch(`${other.url}/data/x`, { signal: AbortSignal.timeout(2000) });
    expect(answer.status).toBe(200);
    expect(upstream.held.length).toBe(4);
    const release = setInterval(() => upstream.held.splice(0).map((end) => end()), 5);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    clearInterval(release);
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it('connections to an upstream: many executions of a tenant leave some for another tenant', async () => {
    const upstream = await serveSlowly();
    const { open } = openProxy(servers, { services: serviceAt(upstream.url), limits: { upstreamConnections: 8 } });
    const greedy = await Promise.all(
      Array.from({ length: 8 }, (_, at) => open({ executionId: `greedy-${at}`, tenant: 'a' })),
    );
    const calls = greedy.flatMap(({ url }) => Array.from({ length: 8 }, () => fetch(`${url}/data/slow`)));
    expect(await becomesTrue(async () => upstream.held.length === 6, 2000)).toBe(true);
    const other = await open({ executionId: 'other', tenant: 'b' });
    for (let call = 0; call < 3; call += 1)
      expect((await fetch(`${other.url}/data/x`, { signal: AbortSignal.timeout(2000) })).status).toBe(200);
    expect(upstream.held.length).toBe(6);
    const release = setInterval(() => upstream.held.splice(0).map((end) => end()), 5);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    clearInterval(release);
    expect(statuses).toEqual(calls.map(() => 200));
  });

  it('connections to an upstream: an execution that is alone gets all, and the next one does not wait for them', async () => {
    const upstream = await serveSlowly();
    const { open } = openProxy(servers, { services: serviceAt(upstream.url), limits: { upstreamConnections: 8 } });
    const lone = await open();
    const calls = Array.from({ length: 40 }, () => fetch(`${lone.url}/data/slow`));
    const grows = async () => {
      // Its calls end one after the other until it holds all.
      if (upstream.held.length < 8) upstream.held.shift()?.();
      return upstream.held.length === 8;
    };
    expect(await becomesTrue(grows, 5000)).toBe(true);
    const other = await open({ executionId: 'execution-2' });
    expect((await fetch(`${other.url}/data/x`, { signal: AbortSignal.timeout(2000) })).status).toBe(200);
    expect(upstream.held.length).toBe(8);
    const release = setInterval(() => upstream.held.splice(0).map((end) => end()), 5);
    await Promise.all(calls);
    clearInterval(release);
  });

  it('connections to an upstream: executions that wait take turns', async () => {
    const upstream = await serveSlowly();
    const { open } = openProxy(servers, { services: serviceAt(upstream.url), limits: { upstreamConnections: 1 } });
    const [greedy, other] = [await open(), await open({ executionId: 'execution-2' })];
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const calls = Array.from({ length: 10 }, () => fetch(`${greedy.url}/data/slow`).then(note('greedy')));
    expect(await becomesTrue(async () => upstream.held.length === 1, 2000)).toBe(true);
    await delay(100);
    calls.push(fetch(`${other.url}/data/x`).then(note('other')));
    await delay(100);
    const release = setInterval(() => upstream.held.splice(0).map((end) => end()), 5);
    await Promise.all(calls);
    clearInterval(release);
    expect(order.indexOf('other')).toBeLessThan(3);
  });

  it('connections to an upstream: a body that trickles is refused, one with pauses goes through', async () => {
    const upstream = await serveSlowly();
    const limits = { bodyIdleMs: 300, bodyBytesPerSecond: 10_000, gatheredBodyBytes: 10 };
    const { open } = openProxy(servers, { services: serviceAt(upstream.url), limits });
    const { port } = await open();
    const trickling = beginPost(port, 100_000, 'x');
    const drip = setInterval(() => trickling.write('x'), 50);
    const [refused]: IncomingMessage[] = await once(trickling, 'response', { signal: AbortSignal.timeout(3000) });
    clearInterval(drip);
    expect(refused?.statusCode).toBe(408);
    trickling.destroy();
    const paused = beginPost(port, 20_000, 'x'.repeat(4000));
    for (let piece = 0; piece < 4; piece += 1) {
      await delay(150);
      paused.write('x'.repeat(4000));
    }
    const [answer]: IncomingMessage[] = await once(paused, 'response', { signal: AbortSignal.timeout(3000) });
    expect(answer?.statusCode).toBe(200);
    answer?.resume();
  });

  it('a body in any pieces: arrives whole', async () => {
    const { url: upstream } = await servers.serve((incoming, response) => void incoming.pipe(response));
    const { open } = openProxy(servers, { services: serviceAt(upstream), limits: { gatheredBodyBytes: 4 } });
    const { port } = await open();
    const head = 'POST /data/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
    for (const wire of [
      `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n3\r\nefg\r\n0\r\n\r\n`,
      `${head}Content-Length: 3\r\n\r\nabc`,
      `${head}Content-Length: 7\r\n\r\nabcdefg`,
    ])
      expect(await exchangeBytes(port, wire)).toMatch(/^HTTP\/1\.1 200 /);
    const answered = await exchangeBytes(port, `${head}Content-Length: 7\r\n\r\nabcdefg`);
    expect(answered).toContain('abcdefg');
  });
});
