import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { createChannels, createServers, openProxy, type Servers } from '../parts/proxied.ts';
import { describeWith } from '../parts/require-part.ts';

const streamThrough = fileURLToPath(new URL('../parts/stream-through.ts', import.meta.url));

let servers: Servers;

beforeEach(() => {
  servers = createServers();
});

afterEach(() => servers.close());

const messageSchema = z.looseObject({ correlation_id: z.string() });

/** A service behind Redis that answers each request with what it was asked. */
function echoOver(channels: ReturnType<typeof createChannels>, reply: (text: string) => void) {
  channels.on('data-requests', (text) => {
    const { correlation_id, ...asked } = messageSchema.parse(JSON.parse(text));
    reply(JSON.stringify({ correlation_id, asked }));
  });
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers });

/** As `post`, for many calls: fetch takes ten times as long. */
function postQuickly(agent: Agent, port: number, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { agent, port, path: '/data/query', method: 'POST', headers: { 'content-length': body.length } };
    request(options, (response) => resolve(text(response)))
      .on('error', reject)
      .end(body);
  });
}

describe('a service behind Redis', () => {
  it('answers a call with the reply to its own message, for any content type', async () => {
    const channels = createChannels();
    echoOver(channels, (text) => channels.publish('data-responses', text));
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const { url, session } = await open();
    const answer = await post(`${url}/data/query`, '{"operation":"traverse","big":12345678901234567890}', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ asked: { operation: 'traverse' } });
    expect(session.spending()).toMatchObject({ data: { calls: 1, errors: 0, bytesIn: 51 } });
  });

  it('keeps long numbers, and puts its own id in place of the caller’s', async () => {
    const channels = createChannels();
    const heard: string[] = [];
    channels.on('data-requests', (text) => {
      heard.push(text);
      const { correlation_id } = messageSchema.parse(JSON.parse(text));
      void channels.publish('data-responses', `{"correlation_id":"${correlation_id}","n":12345678901234567890}`);
    });
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const { url } = await open();
    const answer = await post(`${url}/data/query`, '{"n":12345678901234567890,"correlation_id":"mine"}');
    expect(await answer.text()).toContain('"n":12345678901234567890');
    expect(heard.join()).toContain('"n":12345678901234567890');
    expect(heard.join()).not.toContain('mine');
  });

  it('a body that cannot be used: is refused with 400, and the proxy continues', async () => {
    const channels = createChannels();
    echoOver(channels, (text) => channels.publish('data-responses', text));
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const { url } = await open();
    const deep = `${'['.repeat(600)}${']'.repeat(600)}`;
    for (const body of [
      '',
      'x',
      '[]',
      '12345678901234567890',
      deep,
      `{"correlation_id":"x","a":${deep}}`,
      `{"a":${deep}}`,
    ]) {
      const answer = await post(`${url}/data/query`, body);
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'INVALID_BODY' }]);
    }
    expect((await post(`${url}/data/query`, '{"correlation_id":"x","a":1}')).status).toBe(200);
  });

  it('any body: gets a response', async () => {
    const channels = createChannels();
    echoOver(channels, (text) => channels.publish('data-responses', text));
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const { url } = await open();
    const anId = fc.json().map((value) => `{"correlation_id":${value},"a":${value},"n":12345678901234567890}`);
    const bodies = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), anId);
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        expect([200, 400]).toContain((await post(`${url}/data/query`, body)).status);
      }),
    );
  });

  it('a reply that is too large: is refused at once, and the next is read', async () => {
    const channels = createChannels();
    let padding = 'x'.repeat(2000);
    echoOver(channels, (text) => {
      void channels.publish('data-responses', text.replace(/\}$/, `,"padding":"${padding}"}`));
      padding = '';
    });
    const services = [{ kind: 'redis' as const, name: 'data' }];
    const { open } = openProxy(servers, { services, redis: channels, limits: { replyBytes: 1000 } });
    const { url } = await open();
    const answer = await post(`${url}/data/query`, '{"a":1}');
    expect([answer.status, await answer.json()]).toEqual([
      502,
      {
        code: 'UPSTREAM_INVALID',
        error: 'The reply of the service "data" has more than 1000 B. Ask for less at once.',
      },
    ]);
    expect((await post(`${url}/data/query`, '{"a":1}')).status).toBe(200);
  });

  it('answers 504 when nobody replies in time, and says that nobody listens', async () => {
    const channels = createChannels();
    const services = [{ kind: 'redis' as const, name: 'data', replyTimeoutMs: 50 }];
    const { open } = openProxy(servers, { services, redis: channels });
    const { url, session } = await open();
    const answer = await post(`${url}/data/query`, '{}');
    expect(answer.status).toBe(504);
    expect(await answer.json()).toEqual({
      code: 'NO_REPLY',
      error: 'The service "data" gave no reply on data-responses within 0.05 s. Nobody listens on data-requests.',
    });
    expect(session.spending()).toMatchObject({ data: { calls: 1, errors: 1 } });
  });

  it('answers 202 with the id at once when the call is asynchronous', async () => {
    const channels = createChannels();
    const ids: string[] = [];
    channels.on('data-requests', (text) => ids.push(messageSchema.parse(JSON.parse(text)).correlation_id));
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const { url } = await open();
    const answer = await post(`${url}/data/query?async=true`, '{"a":1}');
    expect(answer.status).toBe(202);
    const { correlation_id } = messageSchema.parse(await answer.json());
    expect(await becomesTrue(() => ids.includes(correlation_id), 1000)).toBe(true);
  });

  it.each([
    ['no JSON', 'hello', /not JSON/],
    ['a list', '[1]', /not an object/],
    ['nothing', '', /not JSON/],
  ])('refuses %s with a sentence', async (_, body, sentence) => {
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: createChannels() });
    const answer = await post(`${(await open()).url}/data/query`, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ code: 'INVALID_BODY', error: expect.stringMatching(sentence) });
  });

  it('never delivers a reply to another: 10,000 calls of two executions, answered in any order, with forgeries', async () => {
    const channels = createChannels();
    const waiting: string[] = [];
    const answerAll = () => {
      // Replies that nobody here asked for, and one that quotes an id that is not its own.
      const { correlation_id: foreign } = messageSchema.parse(JSON.parse(waiting[0] ?? ''));
      const quoting = { correlation_id: 'unknown', about: { correlation_id: foreign } };
      void channels.publish('data-responses', JSON.stringify(quoting));
      void channels.publish('data-responses', 'no JSON');
      for (const one of waiting.splice(0).sort(() => Math.random() - 0.5)) void channels.publish('data-responses', one);
    };
    echoOver(channels, (text) => {
      if (waiting.push(text) === 1) setTimeout(answerAll, 2);
    });
    const { open } = openProxy(servers, { services: [{ kind: 'redis', name: 'data' }], redis: channels });
    const sessions = await Promise.all([open({ executionId: 'one' }), open({ executionId: 'two' })]);
    const agent = new Agent({ keepAlive: true });
    let delivered = 0;
    const callers = sessions.flatMap(({ port }, owner) =>
      Array.from({ length: 20 }, async (_, caller) => {
        for (let call = 0; call < 250; call++) {
          const asked = { owner, caller, call };
          const answer = await postQuickly(agent, port, JSON.stringify(asked));
          if (answer.includes(`"asked":${JSON.stringify(asked)}}`)) delivered++;
        }
      }),
    );
    await Promise.all(callers);
    agent.destroy();
    expect(delivered).toBe(10_000);
  });
});

describeWith('redis', 'a service behind a real Redis', () => {
  it('answers over one subscription for all executions', async () => {
    const [sending, hearing, service] = [0, 1, 2].map(() => new Redis(inject('redisUrl')));
    if (sending === undefined || hearing === undefined || service === undefined) throw new Error('no Redis');
    const name = `proxy-test-${process.pid}`;
    await service.subscribe(`${name}-requests`);
    service.on('message', (_, text) => {
      const { correlation_id } = messageSchema.parse(JSON.parse(text));
      void sending.publish(`${name}-responses`, JSON.stringify({ correlation_id, rows: [1] }));
    });
    const { open, proxy } = openProxy(servers, {
      services: [{ kind: 'redis', name }],
      redis: {
        publish: (channel, text) => sending.publish(channel, text),
        async subscribe(channel, onMessage) {
          await hearing.subscribe(channel);
          hearing.on('message', (_, text) => onMessage(Buffer.from(text)));
          return async () => void (await hearing.unsubscribe(channel));
        },
      },
    });
    const [one, other] = await Promise.all([open(), open({ executionId: 'other' })]);
    for (const { url } of [one, other]) {
      const answer = await post(`${url}/${name}/query`, '{"a":1}');
      expect(await answer.json()).toMatchObject({ rows: [1] });
    }
    expect(await sending.pubsub('NUMSUB', `${name}-responses`)).toEqual([`${name}-responses`, 1]);
    await proxy.close();
    expect(await sending.pubsub('NUMSUB', `${name}-responses`)).toEqual([`${name}-responses`, 0]);
    for (const client of [sending, hearing, service]) client.disconnect();
  });
});

describe('a service behind a URL', () => {
  it('is called with its secret, which the container neither sets nor sees', async () => {
    const seen: unknown[] = [];
    const { url: upstream } = await servers.serve((incoming, response) => {
      const { authorization, host, 'x-forwarded-for': forwardedFor, 'x-own': own } = incoming.headers;
      seen.push({
        url: incoming.url,
        authorization,
        host,
        forwardedFor,
        own,
        execution: incoming.headers['x-execution-id'],
      });
      response.setHeader('authorization', authorization ?? '');
      response.setHeader('x-echo', `you sent ${authorization}`);
      response.setHeader('x-other', 'kept');
      response.setHeader('location', `${upstream}/base/next`);
      response.end('ok');
    });
    const target = { url: `${upstream}/base`, credentials: [{ header: 'Authorization', value: 'Bearer s3cret' }] };
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target }] });
    const { url } = await open();
    const answer = await fetch(`${url}/data/nodes?limit=1`, {
      headers: {
        authorization: 'Bearer forged',
        'x-forwarded-for': '10.0.0.1',
        'x-own': '1',
        'x-execution-id': 'forged',
      },
    });
    expect(await answer.text()).toBe('ok');
    const host = new URL(upstream).host;
    const expected = {
      url: '/base/nodes?limit=1',
      authorization: 'Bearer s3cret',
      host,
      own: '1',
      execution: 'execution-1',
    };
    expect(seen).toEqual([expected]);
    const fields = Object.fromEntries(answer.headers);
    expect(fields).toMatchObject({ 'x-other': 'kept', location: '/data/next' });
    expect(JSON.stringify(fields)).not.toContain('s3cret');
  });

  it('lets events through as they come', async () => {
    let send: (text: string) => void = () => undefined;
    const { url: upstream } = await servers.serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const answer = await fetch(`${(await open()).url}/data/events`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      send(event);
      expect(await events?.read()).toEqual({ done: false, value: event });
    }
    await events?.cancel();
  });

  it('passes large bodies both ways unchanged, with or without a length', async () => {
    const { url: upstream } = await servers.serve((incoming, response) => incoming.pipe(response));
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const { url, session } = await open();
    const body = Buffer.alloc(5_000_000, 'exec-agent ');
    const known = await fetch(`${url}/data/echo`, { method: 'POST', body });
    expect(Buffer.from(await known.arrayBuffer()).equals(body)).toBe(true);
    const stream = new Blob([body]).stream();
    const unknown = await fetch(`${url}/data/echo`, { method: 'PUT', body: stream, duplex: 'half' });
    expect(Buffer.from(await unknown.arrayBuffer()).equals(body)).toBe(true);
    expect(session.spending()).toMatchObject({ data: { calls: 2, bytesIn: 10_000_000, bytesOut: 10_000_000 } });
  });

  it('streams 256 MiB to a slow client in flat memory', async () => {
    const total = 256 * 1024 ** 2;
    const told = await runCommand(process.execPath, '--import', 'tsx', streamThrough, String(total));
    const { received, grownBytes } = z.object({ received: z.number(), grownBytes: z.number() }).parse(JSON.parse(told));
    expect(received).toBeGreaterThan(total);
    expect(grownBytes).toBeLessThan(total / 3);
  });

  it('answers 502 when it is down and 504 when it is slow', async () => {
    const { url: slow } = await servers.serve(() => undefined);
    const services = [
      { kind: 'http' as const, name: 'down', target: { url: 'http://127.0.0.1:1' } },
      { kind: 'http' as const, name: 'slow', target: { url: slow } },
    ];
    const { open } = openProxy(servers, { services, limits: { upstreamAnswerMs: 60 } });
    const { url, session } = await open();
    const down = await fetch(`${url}/down/x`);
    expect([down.status, await down.json()]).toEqual([
      502,
      { code: 'UPSTREAM_DOWN', error: 'The service "down" cannot be reached (ECONNREFUSED).' },
    ]);
    const late = await fetch(`${url}/slow/x`);
    expect([late.status, await late.json()]).toMatchObject([504, { code: 'UPSTREAM_TIMEOUT' }]);
    expect(session.spending()).toMatchObject({ down: { errors: 1 }, slow: { errors: 1 } });
  });

  it('notices when the client has gone', async () => {
    const { url: upstream, server } = await servers.serve((_, response) => response.write('begun'));
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const controller = new AbortController();
    const answer = await fetch(`${(await open()).url}/data/x`, { signal: controller.signal });
    expect(answer.status).toBe(200);
    controller.abort();
    await closed;
  });

  it('answers late who sends a request and ends its side, also for what was sent after it', async () => {
    const { url: upstream } = await servers.serve((incoming, response) => {
      setTimeout(() => incoming.resume().on('end', () => response.end(`late ${incoming.url}`)), 100);
    });
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const { port } = await open();
    const wire = `GET /data/a HTTP/1.1\r\nHost: x\r\n\r\nPOST /data/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;
    const heard = await text(connect(port, '127.0.0.1').end(wire));
    expect(heard.match(/late \/\w/g)).toEqual(['late /a', 'late /b']);
    expect(await text(connect(port, '127.0.0.1').end(wire.slice(0, -1)))).not.toContain('late /b');
  });

  it('notices after a while that the client has closed, which looks as if it had only ended its side', async () => {
    const { url: upstream, server } = await servers.serve(() => undefined);
    const services = [{ kind: 'http' as const, name: 'data', target: { url: upstream } }];
    const { port } = await openProxy(servers, { services, limits: { halfClosedMs: 100 } }).open();
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    connect(port, '127.0.0.1').end('GET /data/x HTTP/1.1\r\nHost: x\r\n\r\n').resume();
    await closed;
  });

  it('cuts the connection when it ends in the midst of an answer, so that nobody takes it for whole', async () => {
    const { url: upstream } = await servers.serve((_, response) => {
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const { url, session } = await open();
    const answer = await fetch(`${url}/data/x`);
    await expect(answer.text()).rejects.toThrow();
    expect(session.spending()).toMatchObject({ data: { errors: 1 } });
  });

  it('is asked again when a kept connection turns out to be closed', async () => {
    const { url: upstream, server } = await servers.serve((_, response) => response.end('ok'));
    server.keepAliveTimeout = 1;
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const { url } = await open();
    for (let call = 0; call < 20; call++) {
      expect(await (await fetch(`${url}/data/x`)).text()).toBe('ok');
      await delay(call % 4);
    }
  });

  it('lets only the methods and paths through that are allowed', async () => {
    const { url: upstream } = await servers.serve((incoming, response) => response.end(incoming.url));
    const target = { url: upstream, methods: ['GET', 'TRACE'], paths: ['/v1/**'] };
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target }] });
    const { url } = await open();
    expect(await (await fetch(`${url}/data/v1/a/b`)).text()).toBe('/v1/a/b');
    const path = await fetch(`${url}/data/admin`);
    expect([path.status, await path.json()]).toMatchObject([403, { code: 'NOT_ALLOWED' }]);
    const method = await fetch(`${url}/data/v1/a`, { method: 'DELETE' });
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('the grant of an execution', () => {
  it('names what is missing, and what there is', async () => {
    const { url: upstream } = await servers.serve((_, response) => response.end('ok'));
    const target = { url: upstream };
    const services = ['data', 'ai'].map((name) => ({ kind: 'http' as const, name, target }));
    const { open } = openProxy(servers, { services });
    const { url } = await open({ services: ['ai'] });
    expect((await fetch(`${url}/ai/x`)).status).toBe(200);
    const refused = await fetch(`${url}/data/query`);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      {
        code: 'NOT_GRANTED',
        error: 'This execution was not granted the service "data". Granted: "ai" (service_access).',
      },
    ]);
    const unknown = await fetch(`${url}/mail/query`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'UNKNOWN_SERVICE' }]);
    const health = await fetch(`${url}/health`);
    expect(await health.json()).toEqual({
      ok: true,
      status: 'healthy',
      execution_id: 'execution-1',
      services: ['ai'],
    });
  });

  it('ends with the execution: what is open is cut, what comes later is refused, what another has goes on', async () => {
    const { url: upstream, server } = await servers.serve((_, response) => response.write('begun'));
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const [ending, other] = await Promise.all([open(), open({ executionId: 'other' })]);
    const [cut, kept] = await Promise.all([fetch(`${ending.url}/data/x`), fetch(`${other.url}/data/x`)]);
    expect(await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(2);
    await ending.session.close();
    await expect(cut.text()).rejects.toThrow();
    await expect(fetch(`${ending.url}/health`)).rejects.toThrow();
    expect((await fetch(`${other.url}/health`)).status).toBe(200);
    const reader = kept.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('begun');
    await reader?.cancel();
  });

  it('bounds the calls, exactly, even when they come at once', async () => {
    const { url: upstream } = await servers.serve((_, response) => response.end('ok'));
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const { url, session } = await open({ budgets: { data: { calls: 7 } } });
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${url}/data/x`)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(7);
    expect(statuses.filter((status) => status === 429)).toHaveLength(13);
    const refused = await fetch(`${url}/data/x`);
    expect(await refused.json()).toEqual({
      code: 'BUDGET_EXCEEDED',
      error: 'The execution has used its budget for the service "data" (service_budget.data).',
      service: 'data',
      budget: { calls: 7 },
      spent: { calls: 7, tokens: 0 },
    });
    expect(session.spending()).toMatchObject({ data: { calls: 7 } });
  });

  it('goes on from what was spent before the agent was started anew', async () => {
    const { url: upstream } = await servers.serve((_, response) => response.end('ok'));
    const { open } = openProxy(servers, { services: [{ kind: 'http', name: 'data', target: { url: upstream } }] });
    const before = await open({ budgets: { data: { calls: 2 } } });
    expect((await fetch(`${before.url}/data/x`)).status).toBe(200);
    const after = await open({ budgets: { data: { calls: 2 } }, spent: before.session.spending() });
    expect((await fetch(`${after.url}/data/x`)).status).toBe(200);
    expect((await fetch(`${after.url}/data/x`)).status).toBe(429);
  });

  it('bounds connections', async () => {
    const services = [{ kind: 'http' as const, name: 'data', target: { url: 'http://127.0.0.1:1' } }];
    const { open } = openProxy(servers, { services, limits: { connectionsPerSession: 2 } });
    const { port } = await open();
    const hold = () => {
      const held = request({ port, path: '/data/x', method: 'POST', headers: { 'content-length': '5' } });
      held.on('error', () => undefined);
      held.flushHeaders();
      return held;
    };
    const held = [hold(), hold()];
    await Promise.all(
      held.map((one) => once(one, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'))),
    );
    const refused = await fetch(`http://127.0.0.1:${port}/health`);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'TOO_MANY_CONNECTIONS' }]);
    for (const one of held) one.destroy();
    expect(await becomesTrue(async () => (await fetch(`http://127.0.0.1:${port}/health`)).status === 200, 2000)).toBe(
      true,
    );
  });
});
