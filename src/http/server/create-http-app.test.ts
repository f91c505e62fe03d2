import { once } from 'node:events';
import { request as send } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../access/audit-log.ts';
import { ExecError } from '../../support/exec-error.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import type { SpanEnd } from '../../telemetry/tracing.ts';
import { problemSchema } from '../../wire/http/problem.ts';
import type { HttpModule } from '../http-room.ts';
import { createHealthModule } from '../modules/health.ts';
import { createHttpApp } from './create-http-app.ts';

const limits = {
  maxMessageBytes: 1000,
  maxConnections: 10,
  connectionsPerCaller: 10,
  headersMs: 1000,
  requestMs: 1000,
  idleMs: 1000,
  heartbeatMs: 1000,
  streamsPerTenant: 1,
  requestsPerSecond: 0,
};

async function openApp(
  modules: readonly HttpModule[],
  {
    hasTokens = false,
    isConnected = true,
    base = '',
  }: { hasTokens?: boolean; isConnected?: boolean; base?: string } = {},
) {
  const audited: AuditEntry[] = [];
  const ended: (SpanEnd | undefined)[] = [];
  const app = await createHttpApp(
    {
      tokens: {
        create: vi.fn(),
        list: vi.fn(),
        revoke: vi.fn(),
        revokeUnlessLast: vi.fn(),
        isEmpty: async () => !hasTokens,
        check: async () => undefined,
        find: async () => undefined,
      },
      audit: {
        note: async (entry) => {
          audited.push(entry);
        },
        list: async () => audited,
      },
      tracing: { start: () => ({ traceparent: '', end: (end) => void ended.push(end) }) },
      metrics: { answered: () => undefined },
      isConnected: () => isConnected,
      corsOrigins: [],
      base,
      limits,
      clock: { now: () => 0 },
      logger: createSilentLogger(),
    },
    modules,
  );
  return { app, audited, ended };
}

const fails: HttpModule = {
  addRoutes: (app) => {
    app.post('/tasks', { config: { scope: 'submit', action: 'submit' } }, async () => {
      throw new ExecError('INVALID_REQUEST', 'memory: too much');
    });
  },
  describeError: ({ message }) => message.replace('memory', 'ram_gb'),
};

const plain: HttpModule = {
  addRoutes: (app) => {
    app.get('/plain', { config: { scope: 'read' } }, async (request) => request.caller.tenant);
    app.get('/fails', async () => {
      throw new ExecError('INVALID_REQUEST', 'memory: too much');
    });
  },
};

test('HTTP module: its errors are described in its own words, those of another are not', async () => {
  const { app } = await openApp([fails, plain]);
  const own = problemSchema.parse((await app.inject({ method: 'POST', url: '/tasks' })).json());
  const other = problemSchema.parse((await app.inject('/fails')).json());
  expect([own.detail, other.detail]).toEqual(['ram_gb: too much', 'memory: too much']);
  expect(own).toMatchObject({ status: 400, error_code: 'INVALID_REQUEST' });
});

test('HTTP module: an action is audited with its caller and its status', async () => {
  const { app, audited } = await openApp([fails]);
  await app.inject({ method: 'POST', url: '/tasks?a=1' });
  expect(audited).toMatchObject([
    { tenant: 'default', actor: 'local', action: 'submit', target: '/tasks', result: '400' },
  ]);
});

test('base path: routes are reached with and without it, and redirects lead below it', async () => {
  const moves: HttpModule = {
    home: '/ui/',
    addRoutes(app) {
      app.post('/made', { config: { scope: 'submit', action: 'make' } }, async (_request, reply) =>
        reply.header('location', '/made/1').code(202).send(),
      );
    },
  };
  const { app, audited } = await openApp([moves, plain], { base: '/tools/exec' });
  const bodies = ['/tools/exec/plain', '/plain'].map(async (url) => (await app.inject(url)).body);
  expect(await Promise.all(bodies)).toEqual(['default', 'default']);
  for (const url of ['/tools/exec', '/tools/exec/', '/'])
    expect((await app.inject(url)).headers.location).toBe('/tools/exec/ui/');
  const made = await app.inject({ method: 'POST', url: '/tools/exec/made' });
  expect(made.headers.location).toBe('/tools/exec/made/1');
  expect(audited).toMatchObject([{ action: 'make', target: '/made/1', result: '202' }]);
  expect((await app.inject('/tools/executions')).statusCode).toBe(404);
});

const inTime = { timeout: 50_000 };

/** Begins a request and leaves as soon as a handler has it, which goes on only then. */
async function leaveEarly(url: string, method: string, held: { begun: () => void; left: Promise<void> }) {
  const begun = new Promise<void>((resolve) => {
    held.begun = resolve;
  });
  const call = send(url, { method });
  call.on('error', () => undefined);
  call.end();
  await begun;
  call.destroy();
  await held.left;
}

/** Its handlers go on when the client has left. */
function waitsForLeaving() {
  const held: { begun: () => void; left: Promise<void> } = { begun: () => undefined, left: Promise.resolve() };
  const streams: AbortSignal[] = [];
  const leaving = async ({ raw }: { raw: NodeJS.EventEmitter }) => {
    const left = once(raw, 'close').then(() => undefined);
    held.left = left;
    held.begun();
    await left;
  };
  const module: HttpModule = {
    addRoutes(app, room) {
      app.post('/acts', { config: { scope: 'submit', action: 'act' } }, async (_request, reply) => leaving(reply));
      app.get('/stream', { config: { scope: 'read' } }, async (request, reply) => {
        await leaving(reply);
        streams.push(room.streams.open(request, reply).signal);
      });
    },
  };
  return { module, held, streams };
}

test('a client that leaves before the response: the action is audited, and the span ends', async () => {
  const { module, held } = waitsForLeaving();
  const { app, audited, ended } = await openApp([module]);
  try {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await leaveEarly(`${url}/acts`, 'POST', held);
    await expect.poll(() => audited, inTime).toMatchObject([{ action: 'act', from: '127.0.0.1', result: '499' }]);
    expect(ended).toEqual([{ error: 'the client left before the response' }]);
  } finally {
    await app.close();
  }
});

test('a client that leaves before its stream is opened: the stream ends, and its place is free', async () => {
  const { module, held, streams } = waitsForLeaving();
  const { app } = await openApp([module]);
  try {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    for (let turn = 1; turn <= limits.streamsPerTenant + 1; turn += 1) {
      await leaveEarly(`${url}/stream`, 'GET', held);
      await expect.poll(() => streams.map(({ aborted }) => aborted), inTime).toEqual(Array(turn).fill(true));
    }
  } finally {
    await app.close();
  }
});

test('HTTP module: credentials that it brings count on every route, within their scopes', async () => {
  const credentials = {
    challenge: 'Basic realm="exec-agent"',
    identify: async ({ headers }: { headers: Record<string, unknown> }) => {
      if (headers.cookie === undefined) return undefined;
      if (headers.cookie !== 'session=1') return 'invalid' as const;
      return { tenant: 'blue', actor: 'session:1', scopes: ['read'] as const };
    },
  };
  const { app } = await openApp([{ addRoutes: () => undefined, credentials: [credentials] }, plain, fails], {
    hasTokens: true,
  });
  const ask = (url: string, method: 'GET' | 'POST', cookie?: string) =>
    app.inject({ method, url, headers: cookie === undefined ? {} : { cookie } });
  expect((await ask('/plain', 'GET', 'session=1')).body).toBe('blue');
  const lacking = await ask('/tasks', 'POST', 'session=1');
  expect([lacking.statusCode, problemSchema.parse(lacking.json()).detail]).toEqual([
    403,
    'The session 1 lacks the scope "submit". Use a token that has it.',
  ]);
  for (const refused of [await ask('/plain', 'GET', 'session=2'), await ask('/plain', 'GET')]) {
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="exec-agent", Basic realm="exec-agent"');
  }
});

test('request id: the caller’s own is returned if it is plain, another one is made up', async () => {
  const { app } = await openApp([plain]);
  const ask = (id: string) => app.inject({ url: '/nothing', headers: { 'x-request-id': id } });
  const kept = await ask('trace-1:2.3');
  expect(kept.headers['x-request-id']).toBe('trace-1:2.3');
  expect(problemSchema.parse(kept.json()).request_id).toBe('trace-1:2.3');
  expect((await ask('two words')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect((await app.inject('/%zz')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('home: "/" leads to the first module that has one', async () => {
  const home = (path: string): HttpModule => ({ addRoutes: () => undefined, home: path });
  const { app } = await openApp([plain, home('/ui'), home('/docs')]);
  expect((await app.inject('/')).headers.location).toBe('/ui');
});

test('routes with a scope answer 503 while Redis is away', async () => {
  const { app } = await openApp([plain], { isConnected: false });
  expect((await app.inject('/plain')).statusCode).toBe(503);
});

test.each([
  ['does not reply', () => new Promise<boolean>(() => undefined)],
  ['replies with an error', () => Promise.reject(new Error('MISCONF'))],
])('readiness: is reported also while Redis %s', async (_what, isPaused) => {
  const health = createHealthModule({ trouble: async () => undefined, isConnected: () => true, isPaused });
  const { app } = await openApp([health]);
  const { statusCode, body } = await app.inject('/readyz');
  expect([statusCode, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  await app.close();
});
