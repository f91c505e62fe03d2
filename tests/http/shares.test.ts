import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateEvents } from '../../src/gateways/http/live/state-events.ts';
import type { OnEvent } from '../../src/queue/watch-events.ts';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

describeWith('redis', 'shares of HTTP callers', () => {
  let bench: HttpBench;
  beforeAll(async () => {
    bench = await openHttpBench(
      { httpConnections: 20, httpConnectionsPerCaller: 8, httpWaits: 2, httpIdleSeconds: 1, drainSeconds: 0 },
      scriptedParts({ runsUntilStopped: true }),
    );
  });
  afterAll(() => bench.close());

  test('?wait: one more than EXEC_HTTP_WAITS is refused before it is submitted', async () => {
    const left = new AbortController();
    const post = { method: 'POST', body: shell('sleep 60'), signal: left.signal };
    const held = [1, 2].map(() => bench.ask('/v1/executions?wait=60', post).catch(() => undefined));
    const probe = () => bench.ask('/v1/executions?wait=0.01', { method: 'POST', body: shell('true') });
    expect(await becomesTrue(async () => (await probe()).status === 429, 5000)).toBe(true);
    const refused = problemSchema.parse(await (await probe()).json());
    expect(refused.detail).toContain('EXEC_HTTP_WAITS');
    left.abort();
    await Promise.all(held);
    expect(await becomesTrue(async () => (await probe()).status !== 429, 5000)).toBe(true);
  });

  test('?wait: a wait may be longer than a connection may be idle', async () => {
    const waited = await bench.ask('/v1/executions?wait=2.5', { method: 'POST', body: shell('sleep 60') });
    expect(waited.status).toBe(202);
    expect(await waited.json()).toHaveProperty('execution_id');
  });

  test('open connections: an address cannot hold all, and the error names the setting', async () => {
    const { hostname, port } = new URL(bench.url);
    const open = async (): Promise<Socket> => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };
    const heard: string[] = [];
    const sockets = await Promise.all(Array.from({ length: 12 }, open));
    for (const socket of sockets) socket.on('data', (data) => heard.push(data.toString()));
    expect(await becomesTrue(async () => heard.length >= 4, 3000)).toBe(true);
    expect(heard[0]).toMatch(/^HTTP\/1\.1 503 [\s\S]*EXEC_HTTP_CONNECTIONS_PER_CALLER/);
    for (const socket of sockets) socket.destroy();
    expect(
      await becomesTrue(
        async () =>
          (await bench.ask('/v1/executions').then(
            ({ status }) => status,
            () => 0,
          )) === 200,
        3000,
      ),
    ).toBe(true);
  });

  test('open connections: a tenant with as many as it may have gets 429 on the next, and another tenant none', async () => {
    const [tenant, other] = [await bench.makeToken('crowded'), await bench.makeToken('quiet')];
    const { hostname, port } = new URL(bench.url);
    const sockets: Socket[] = [];
    /** The response's first line and the rest of it, on a connection that stays open. */
    const askOn = async (token: string): Promise<string> => {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.write(`GET /v1/executions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
      const [answer]: Buffer[] = await once(socket, 'data');
      return answer?.toString() ?? '';
    };
    try {
      for (let count = 0; count < 8; count += 1) expect(await askOn(tenant)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await askOn(tenant)).toMatch(
        /^HTTP\/1\.1 429 [\s\S]*The tenant crowded[\s\S]*EXEC_HTTP_CONNECTIONS_PER_CALLER/,
      );
      expect(await askOn(other)).toMatch(/^HTTP\/1\.1 200 /);
      sockets[0]?.destroy();
      expect(await becomesTrue(async () => (await askOn(tenant)).startsWith('HTTP/1.1 200 '), 5000)).toBe(true);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('events: a reader that does not read is cut while events come, and costs no memory', async () => {
    const token = await bench.makeToken('slow');
    const { hostname, port } = new URL(bench.url);
    const { redis, config } = bench.deployment;
    const slow = connect(Number(port), hostname).on('error', () => undefined);
    slow.write(`GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await once(slow, 'data');
    slow.pause();
    const event = {
      execution_id: '11111111-1111-4111-8111-111111111111',
      tenant: 'slow',
      state: 'queued',
      at: 1,
      image: `i${'x'.repeat(20_000)}`,
      tags: {},
    };
    const text = JSON.stringify(event);
    collectGarbage();
    const before = process.memoryUsage();
    // 200 MB in all.
    for (let lot = 0; lot < 100; lot += 1)
      await Promise.all(Array.from({ length: 100 }, () => redis.publish(config.eventsChannel, text)));
    // What was published before has been received when this has its answer.
    expect((await bench.ask('/v1/executions', { token })).status).toBe(200);
    collectGarbage();
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(32 * 1024 ** 2);
    let received = 0;
    slow.on('data', (data) => {
      received += data.length;
    });
    slow.resume();
    await once(slow, 'close');
    // What the kernel and the agent had taken for it.
    expect(received).toBeLessThan(50_000_000);
  });
});

/** Memory that nothing uses is not counted. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

test('state events: a reader that does not read is cut, and nothing more is kept for it', async () => {
  let onEvent: OnEvent = () => undefined;
  let cuts = 0;
  const options = {
    events: {
      subscribe: async (listener: OnEvent) => {
        onEvent = listener;
        return () => undefined;
      },
    },
    queue: { findAnyones: async () => undefined },
    clock: { now: () => 0 },
  };
  const left = new AbortController();
  const cut = () => {
    cuts += 1;
  };
  const events = stateEvents({ tenant: 'default', signal: left.signal, cut }, options);
  const first = events.next();
  await Promise.resolve();
  const event = {
    execution_id: 'x',
    tenant: 'default',
    state: 'queued' as const,
    at: 1,
    image: 'i',
    tags: {},
    name: 'n'.repeat(14_000),
  };
  for (let index = 0; index < 1000; index += 1) onEvent(event);
  await first;
  expect(cuts).toBe(1);
  expect(await events.next()).toMatchObject({ done: true });
});
