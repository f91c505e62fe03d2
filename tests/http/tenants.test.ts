import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuditLog } from '../../src/access/audit-log.ts';
import { createSessionStore } from '../../src/access/session-store.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { executionPageSchema } from '../../src/wire/http/executions.ts';
import { sessionListSchema } from '../../src/wire/http/sessions.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { readOperations } from './api-operations.ts';
import { type Ask, type HttpBench, openHttpBench } from './open-http-bench.ts';
import { readEvents } from './read-events.ts';

describeWith('redis', 'tenants over HTTP', () => {
  let bench: HttpBench;
  let [owner, stranger] = ['', ''];
  beforeAll(async () => {
    const files = [{ name: 'r', path: '/r', size: 1, content: 'x', encoding: 'utf8', truncated: false } as const];
    bench = await openHttpBench({ httpWaitSeconds: 60 }, scriptedParts({ collected: { files } }));
    owner = await bench.makeToken('owner');
    stranger = await bench.makeToken('stranger');
  });
  afterAll(() => bench.close());

  /** The cookie of a new session of the dashboard. */
  const logIn = async (token: string, userAgent: string): Promise<string> => {
    const headers = { 'x-exec-agent': 'dashboard', 'user-agent': userAgent };
    const response = await bench.ask('/ui/session', { method: 'POST', headers, body: { token } });
    if (response.status === 429) {
      await delay(Number(response.headers.get('retry-after')) * 1000);
      return logIn(token, userAgent);
    }
    expect(response.status).toBe(204);
    return response.headers.get('set-cookie')?.split(';')[0] ?? '';
  };

  test('a stranger sees nothing of another tenant on any route', async () => {
    const correlationId = randomUUID();
    const id = await bench.run(shell('true', { correlation_id: correlationId }), owner);
    const operations = await readOperations();
    const ofOne = operations.filter(({ path }) => path.includes('{id}'));
    expect(ofOne.length).toBeGreaterThan(5);
    for (const { method, path } of ofOne) {
      for (const name of [id, correlationId]) {
        const url = path.replace('{id}', name).replace('{name}', 'r').replace('/search', '/search?q=x');
        const response = await bench.ask(url, { method, token: stranger });
        expect(response.status, `${method} ${url}`).toBe(404);
        await response.text();
      }
    }
    const list = await bench.ask('/v1/executions', { token: stranger });
    expect(executionPageSchema.parse(await list.json())).toEqual({ executions: [] });
    const mine = await bench.ask(`/v1/executions/${id}/files/r`, { token: owner });
    expect([mine.status, await mine.text()]).toEqual([200, 'x']);
  });

  test('sessions: a token sees and ends its own, one or all of them, and the token stays valid', async () => {
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => logIn(owner, name)));
    const foreign = await logIn(stranger, 'foreign');
    const statusOf = async (cookie = '') => (await bench.ask('/ui/session', { headers: { cookie } })).status;
    const list = async (ask: Ask) =>
      sessionListSchema.parse(await (await bench.ask('/v1/sessions', ask)).json()).sessions;
    const names = async (ask: Ask) => (await list(ask)).map(({ user_agent: name }) => name).sort();

    expect(await names({ token: owner })).toEqual(['one', 'three', 'two']);
    const ofTwo = (await list({ headers: { cookie: two ?? '' } })).find(({ is_current: isCurrent }) => isCurrent);
    expect(ofTwo).toMatchObject({ user_agent: 'two', from: '127.0.0.1' });
    const close = (path: string, token: string) => bench.ask(`/v1/sessions${path}`, { method: 'DELETE', token });
    expect((await close(`/${ofTwo?.id}`, stranger)).status).toBe(404);
    expect((await close(`/${ofTwo?.id}`, owner)).status).toBe(204);
    expect([await statusOf(one), await statusOf(two)]).toEqual([200, 401]);
    const foreignPage = { cookie: one ?? '', 'sec-fetch-site': 'cross-site' };
    expect((await bench.ask('/v1/sessions', { method: 'DELETE', headers: foreignPage })).status).toBe(403);
    expect((await close('', owner)).status).toBe(204);
    expect([await statusOf(one), await statusOf(three), await statusOf(foreign)]).toEqual([401, 401, 200]);
    expect(await names({ token: owner })).toEqual([]);
  });

  test('sessions: of one token are bounded, and the oldest one ends', async () => {
    const { redis, config } = bench.deployment;
    const limits = { idleMs: 60_000, ageMs: 100_000, ofToken: 2 };
    const store = createSessionStore(redis, config.keyPrefix, limits);
    const place = { from: '127.0.0.1', userAgent: 'x'.repeat(5000) };
    const secrets: string[] = [];
    for (const at of [1, 2, 3]) secrets.push(await store.open('bounded', at, place));
    const found = await Promise.all(secrets.map((secret) => store.find(secret, 4)));
    expect(found).toEqual([undefined, 'bounded', 'bounded']);
    const listed = await store.list('bounded', 40_000);
    expect(listed.map(({ openedAt }) => openedAt)).toEqual([3, 2]);
    expect(listed[0]?.userAgent.length).toBeLessThan(300);
    expect(await store.find(secrets[2] ?? '', 40_000)).toBe('bounded');
    expect((await store.list('bounded', 40_000)).map(({ usedAt }) => usedAt)).toEqual([40_000, 2]);
    expect(await store.list('bounded', 100_002)).toHaveLength(1);
    expect(await store.closeAll('bounded')).toBe(1);
  });

  test('a stranger hears no event of another tenant', async () => {
    const events = readEvents(await bench.ask('/v1/events', { token: stranger }));
    const next = events.next();
    await bench.run(shell('true'), owner);
    const id = await bench.run(shell('true'), stranger);
    expect(await next).toMatchObject({ value: { data: { tenant: 'stranger', execution_id: id } } });
    await events.return(undefined);
  });

  test('a stranger cannot bring the uploads or outputs of another tenant into a container', async () => {
    const id = await bench.run(shell('true'), owner);
    const upload = await bench.ask('/v1/inputs/secret.txt', { method: 'PUT', body: 's', token: owner });
    expect(await upload.json()).toMatchObject({ object_name: 'inputs/owner/secret.txt' });
    const bring = (object_name: string, token: string) =>
      bench.ask('/v1/executions', {
        method: 'POST',
        token,
        body: shell('true', { input: { minio_objects: [{ object_name }] } }),
      });
    for (const name of ['inputs/owner/secret.txt', 'inputs/owner/', 'inputs/', `executions/${id}/output/r`, 'other']) {
      expect((await bring(name, stranger)).status, name).toBe(403);
    }
    const body = shell('true', { input: { objects: [{ url: 's3://another-bucket/inputs/stranger/x', path: 'x' }] } });
    expect((await bench.ask('/v1/executions', { method: 'POST', token: stranger, body })).status).toBe(403);
    for (const upload_to of [
      's3://exec-agent/inputs/owner/',
      's3://other/inputs/stranger/',
      [{ path: 'r', url: 's3://exec-agent/x' }],
    ]) {
      const writes = shell('true', { output: { upload_to } });
      expect((await bench.ask('/v1/executions', { method: 'POST', token: stranger, body: writes })).status).toBe(403);
    }
    for (const name of ['inputs/owner/secret.txt', `executions/${id}/output/r`])
      expect((await bring(name, owner)).status, name).toBe(202);
  });

  test('every route that is not open wants a token, and only with its scope', async () => {
    const none = await bench.makeToken('owner', []);
    for (const { method, path, needsToken } of await readOperations()) {
      const url = path.replace('{id}', 'x').replace('{name}', 'x');
      const withoutToken = await bench.ask(url, { method });
      expect(withoutToken.status === 401, `${method} ${url}`).toBe(needsToken);
      await withoutToken.text();
      const withoutScope = await bench.ask(url, { method, token: none });
      expect(withoutScope.status === 403, `${method} ${url}`).toBe(needsToken);
      await withoutScope.text();
    }
    for (const token of ['exa_000000000000_0', `${owner.slice(0, -1)}_`, owner.slice(0, -4), 'x'.repeat(5000)])
      expect((await bench.ask('/v1/executions', { token })).status).toBe(401);
  });

  test('an execution of a tenant is canceled by its token', async () => {
    const slow = await openHttpBench({}, scriptedParts({ runsUntilStopped: true }));
    try {
      const token = await slow.makeToken('team');
      const accepted = await slow.ask('/v1/executions', { method: 'POST', token, body: shell('sleep 60') });
      const location = accepted.headers.get('location') ?? '';
      const ask = async () => {
        await slow.ask(`${location}/cancel`, { method: 'POST', token });
        return (await (await slow.ask(location, { token })).text()).includes('CANCELED');
      };
      expect(await becomesTrue(ask, 30_000)).toBe(true);
    } finally {
      await slow.close();
    }
  });

  test('who did what is written down', async () => {
    const { redis, config } = bench.deployment;
    const id = await bench.run(shell('true'), owner);
    const audit = createAuditLog(redis, config.keyPrefix, { kept: 100, logger: createSilentLogger() });
    const find = async () => (await audit.list(100)).find(({ target }) => target === `/v1/executions/${id}`);
    expect(await becomesTrue(async () => (await find()) !== undefined, 30_000)).toBe(true);
    expect(await find()).toMatchObject({
      tenant: 'owner',
      actor: `token:${owner.split('_')[1]}`,
      action: 'submit',
      result: '200',
      from: '127.0.0.1',
    });
  });

  test('audit: failed logins push nothing else out of it', async () => {
    const { redis, config } = bench.deployment;
    const audit = createAuditLog(redis, `${config.keyPrefix}-flood`, { kept: 100, logger: createSilentLogger() });
    const entry = {
      at: 1,
      tenant: 'owner',
      actor: 'token:1',
      from: '127.0.0.1',
      action: 'submit',
      target: '',
      result: '',
    };
    await audit.note(entry);
    const login = { ...entry, tenant: '', actor: 'unknown', action: 'log in' };
    for (let at = 2; at < 1000; at += 1) await audit.note({ ...login, at });
    const listed = await audit.list(1000);
    expect(listed.at(-1)).toEqual(entry);
    expect(listed.length).toBeLessThan(900);
    expect(await audit.list(2)).toEqual([
      { ...login, at: 999 },
      { ...login, at: 998 },
    ]);
  });

  test('a token is made, listed and revoked on the command line, and counts until then', async () => {
    const { redisUrl = '', keyPrefix, dataDir } = bench.deployment.config;
    const options = { cwd: dataDir, env: { REDIS_URL: redisUrl, EXEC_KEY_PREFIX: keyPrefix } };
    const made = await runCli(['token', 'create', '--tenant', 'ci', '--scope', 'read', '--expires', '1d'], options);
    const token = made.stdout.trim();
    expect((await bench.ask('/v1/executions', { token })).status, made.stderr).toBe(200);
    expect((await bench.ask('/v1/agents', { token })).status).toBe(403);
    const id = token.split('_')[1] ?? '';
    const list = await runCli(['token', 'list', '--json'], options);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    const entry = { id, name: '', tenant: 'ci', scopes: ['read'], created_at: time, expires_at: time };
    expect(JSON.parse(list.stdout)).toEqual({ tokens: expect.arrayContaining([entry]) });
    expect(list.stdout).not.toContain('hash');
    const cookie = await logIn(token, 'a browser');
    const sessions = await runCli(['token', 'sessions', id, '--close', '--json'], options);
    expect(JSON.parse(sessions.stdout)).toMatchObject({ sessions: [{ user_agent: 'a browser', opened_at: time }] });
    expect((await bench.ask('/ui/session', { headers: { cookie } })).status).toBe(401);
    expect((await runCli(['token', 'sessions', id], options)).stderr).toContain('Nobody is logged in');
    expect(await runCli(['token', 'revoke', id], options)).toMatchObject({ code: 0 });
    expect((await bench.ask('/v1/executions', { token })).status).toBe(401);
    expect((await runCli(['audit'], options)).stdout).toContain('revoke token');
    const audit = await runCli(['audit', '--json'], options);
    const revoked = expect.objectContaining({ action: 'revoke token', target: id, at: time });
    expect(JSON.parse(audit.stdout)).toEqual({ entries: expect.arrayContaining([revoked]) });
  });

  test('the tenant of a token decides which rules of the policy apply, never a field of the request', async () => {
    const policyFile = fileURLToPath(new URL('../../examples/policy/policy.yaml', import.meta.url));
    const judged = await openHttpBench({ policyFile }, scriptedParts());
    try {
      const [guest, research, other] = await Promise.all(
        ['guest-1', 'research', 'ci'].map((each) => judged.makeToken(each)),
      );
      const submit = async (token: string | undefined, image: string) => {
        const body = { container: { image }, tags: { purpose: 'training' } };
        const response = await judged.ask('/v1/executions', { method: 'POST', body, ...(token && { token }) });
        return `${response.status} ${await response.text()}`;
      };
      expect(await submit(guest, 'python:3.12-slim')).toMatch(/^403 .*names no digest/);
      expect(await submit(other, 'python:3.12-slim')).toMatch(/^202 /);
      expect(await submit(other, 'registry.example.com/team/tool:1')).toMatch(/^403 .*not among the images/);
      expect(await submit(research, 'registry.example.com/team/tool:1')).toMatch(/^202 /);
      const overRedis = await judged.deployment.run({ container: { image: 'registry.example.com/team/tool:1' } });
      expect(overRedis).toMatchObject({ error_code: 'POLICY_DENIED' });
    } finally {
      await judged.close();
    }
  });

  test('a tenant that asks too often or has too much waiting is refused, and another is not', async () => {
    const settings = { httpRate: 3, tenantOpen: 1, drainSeconds: 0 };
    const narrow = await openHttpBench(settings, scriptedParts({ runsUntilStopped: true }));
    try {
      const [a, b] = [await narrow.makeToken('a'), await narrow.makeToken('b')];
      const submit = (token: string) => narrow.ask('/v1/executions', { method: 'POST', token, body: shell('true') });
      expect((await submit(a)).status).toBe(202);
      const full = await submit(a);
      expect([full.status, full.headers.get('retry-after')]).toEqual([429, '5']);
      expect(await full.text()).toContain('EXEC_TENANT_OPEN');
      expect((await submit(b)).status).toBe(202);
      const often = await Promise.all(Array.from({ length: 20 }, () => narrow.ask('/v1/executions', { token: a })));
      expect(often.some(({ status }) => status === 429)).toBe(true);
    } finally {
      await narrow.close();
    }
  });
});
