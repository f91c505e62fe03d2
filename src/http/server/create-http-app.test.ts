import { expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../access/audit-log.ts';
import { ExecError } from '../../support/exec-error.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { problemSchema } from '../../wire/http.ts';
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

async function openApp(modules: readonly HttpModule[], { hasTokens = false, isConnected = true } = {}) {
  const audited: AuditEntry[] = [];
  const app = await createHttpApp(
    {
      tokens: {
        create: vi.fn(),
        list: vi.fn(),
        revoke: vi.fn(),
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
      metrics: { answered: () => undefined },
      isConnected: () => isConnected,
      corsOrigins: [],
      limits,
      clock: { now: () => 0 },
      logger: createSilentLogger(),
    },
    modules,
  );
  return { app, audited };
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
])('readiness: is told also while Redis %s', async (_what, isPaused) => {
  const health = createHealthModule({ trouble: async () => undefined, isConnected: () => true, isPaused });
  const { app } = await openApp([health]);
  const { statusCode, body } = await app.inject('/readyz');
  expect([statusCode, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  await app.close();
});
