import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { canceledSchema } from '../../src/wire/http/cancel-many.ts';
import { executionPageSchema, executionViewSchema } from '../../src/wire/http/executions.ts';
import { executionStatsSchema } from '../../src/wire/http/stats.ts';
import { createdTokenSchema } from '../../src/wire/http/tokens.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { readOperations } from './api-operations.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';
import { readEvents } from './read-events.ts';

describeWith('redis', 'administrators over HTTP', () => {
  let bench: HttpBench;
  let [owner, stranger, admin] = ['', '', ''];
  beforeAll(async () => {
    const files = [{ name: 'r', path: '/r', size: 1, content: 'x', encoding: 'utf8', truncated: false } as const];
    bench = await openHttpBench({ httpWaitSeconds: 60 }, scriptedParts({ collected: { files } }));
    owner = await bench.makeToken('owner');
    stranger = await bench.makeToken('stranger');
    admin = await bench.makeToken('admins', ['submit', 'read', 'operate', 'admin']);
  });
  afterAll(() => bench.close());

  const ids = async (path: string, token: string) => {
    const page = executionPageSchema.parse(await (await bench.ask(path, { token })).json());
    return page.executions.map(({ execution_id: id, tenant }) => [id, tenant]);
  };

  test('admin: reaches an execution of another tenant on every route', async () => {
    const ofOne = (await readOperations()).filter(({ path }) => path.includes('{id}'));
    expect(ofOne.length).toBeGreaterThan(5);
    for (const { method, path } of ofOne) {
      const id = await bench.run(shell('true'), owner);
      const url = path.replace('{id}', id).replace('{name}', 'r').replace('/search', '/search?q=x');
      const response = await bench.ask(url, { method, token: admin });
      // The response of this script has no contents that moved out of it.
      const found = path.endsWith('/contents') ? 404 : response.status;
      expect([200, 202, 204, 404], `${method} ${url}`).toContain(found);
      expect(await response.text(), `${method} ${url}`).not.toContain('There is no execution');
      expect(response.status, `${method} ${url}`).toBe(found);
    }
  });

  test('admin: runs an execution of another tenant again as that tenant', async () => {
    const id = await bench.run(shell('true'), owner);
    const again = await bench.ask(`/v1/executions/${id}/rerun?wait=60`, { method: 'POST', token: admin });
    const view = executionViewSchema.parse(await again.json());
    expect(view).toMatchObject({ tenant: 'owner', code: 'OK' });
    expect((await bench.ask(`/v1/executions/${view.execution_id}`, { token: owner })).status).toBe(200);
  });

  test('tenant: lists and counts those of one tenant or of all, by default those of the token', async () => {
    const [mine, other] = [await bench.run(shell('true'), admin), await bench.run(shell('true'), stranger)];
    expect(await ids('/v1/executions', admin)).toEqual([[mine, 'admins']]);
    expect(await ids('/v1/executions?tenant=stranger', admin)).toEqual([[other, 'stranger']]);
    const all = await ids('/v1/executions?tenant=*', admin);
    expect(all).toEqual(
      expect.arrayContaining([
        [mine, 'admins'],
        [other, 'stranger'],
      ]),
    );
    expect(await ids('/v1/executions?tenant=*&state=finished', admin)).toEqual(all);
    const numberOf = async (query: string) => {
      const stats = await bench.ask(`/v1/stats?${query}`, { token: admin });
      return executionStatsSchema.parse(await stats.json()).states.finished;
    };
    expect([await numberOf(''), await numberOf('tenant=stranger'), await numberOf('tenant=*')]).toEqual([
      1,
      1,
      all.length,
    ]);
    const client = createHttpClient({ url: bench.url, token: admin });
    expect((await client.list({ tenant: '*' })).executions).toHaveLength(all.length);
    expect((await client.stats({ tenant: 'stranger' })).states).toEqual({ finished: 1 });
  });

  test('tenant: is refused on every route to a token without the scope admin', async () => {
    const withTenant = (await readOperations()).filter(({ query }) => query.includes('tenant'));
    expect(withTenant.length).toBeGreaterThanOrEqual(4);
    for (const { method, path } of withTenant)
      for (const asked of ['owner', '*']) {
        const body = method === 'GET' ? {} : { body: shell('true') };
        const response = await bench.ask(`${path}?tenant=${asked}`, { method, token: stranger, ...body });
        expect(response.status, `${method} ${path}`).toBe(403);
        expect(await response.text()).toContain('lacks the scope');
      }
    for (const asked of ['owner', '*']) {
      const body = { filter: { tenant: asked } };
      const canceled = await bench.ask('/v1/executions/cancel', { method: 'POST', token: stranger, body });
      expect([canceled.status, await canceled.text()]).toEqual([403, expect.stringContaining('"admin\\"')]);
    }
    expect((await bench.ask('/v1/executions?tenant=stranger', { token: stranger })).status).toBe(200);
  });

  test('events: of all tenants are followed', async () => {
    const events = readEvents(await bench.ask('/v1/events?tenant=*', { token: admin }));
    const next = events.next();
    const id = await bench.run(shell('true'), owner);
    expect(await next).toMatchObject({ value: { data: { tenant: 'owner', execution_id: id } } });
    await events.return(undefined);
  });

  test('policy test: is of the tenant that is named', async () => {
    const ask = (tenant: string) =>
      bench.ask(`/v1/policy/test?tenant=${tenant}`, { method: 'POST', token: admin, body: shell('true') });
    expect((await ask('owner')).status).toBe(200);
    expect((await ask('*')).status).toBe(400);
  });

  test('admin: alone lets nobody read, submit or operate', async () => {
    const only = await bench.makeToken('admins', ['admin']);
    for (const path of ['/v1/executions', '/v1/agents', '/v1/tokens'])
      expect((await bench.ask(path, { token: only })).status, path).toBe(403);
  });

  test('tokens: are created and revoked over HTTP by administrators alone', async () => {
    const client = createHttpClient({ url: bench.url, token: admin });
    const made = await client.createToken({ tenant: 'ci', scopes: ['read'], name: 'builds' });
    expect(made).toMatchObject({ tenant: 'ci', scopes: ['read'], name: 'builds' });
    expect((await bench.ask('/v1/executions', { token: made.token })).status).toBe(200);
    expect((await client.tokens()).tokens.map(({ id }) => id)).toContain(made.id);
    const operator = await bench.makeToken('ops', ['operate', 'submit', 'read']);
    const body = { tenant: 'ops', scopes: ['admin'] };
    expect((await bench.ask('/v1/tokens', { method: 'POST', token: operator, body })).status).toBe(403);
    const revoke = (token: string) => bench.ask(`/v1/tokens/${made.id}`, { method: 'DELETE', token });
    expect((await revoke(operator)).status).toBe(403);
    expect((await revoke(admin)).status).toBe(204);
    expect((await revoke(admin)).status).toBe(404);
    expect((await bench.ask('/v1/executions', { token: made.token })).status).toBe(401);
    const listed = await (await bench.ask('/v1/audit', { token: operator })).text();
    expect(listed).toContain(`"action":"revoke token","target":"/v1/tokens/${made.id}"`);
    expect(listed).not.toContain(made.token);
  });

  test.each([
    [{ tenant: 'Not A Name', scopes: ['read'] }, 'is no name for a tenant'],
    [{ tenant: 'a', scopes: [] }, 'scopes'],
    [{ tenant: 'a', scopes: ['root'] }, 'scopes'],
    [{ tenant: 'a', scopes: ['read'], expires_at: '2001-01-01T00:00:00Z' }, 'is in the past'],
    [{ tenant: 'a', scopes: ['read'], other: 1 }, 'other'],
  ])('tokens: %j is refused with the field', async (body, sentence) => {
    const refused = await bench.ask('/v1/tokens', { method: 'POST', token: admin, body });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(sentence)]);
  });

  test('tokens: the last one is not revoked over HTTP', async () => {
    const alone = await openHttpBench({}, scriptedParts());
    try {
      const made = await alone.ask('/v1/tokens', { method: 'POST', body: { tenant: 'a', scopes: ['admin'] } });
      const { token, id } = createdTokenSchema.parse(await made.json());
      const refused = await alone.ask(`/v1/tokens/${id}`, { method: 'DELETE', token });
      expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('the last token')]);
      const other = await createHttpClient({ url: alone.url, token }).createToken({ tenant: 'a', scopes: ['admin'] });
      // Each revokes itself: one of them is the last.
      const both = await Promise.all(
        [{ id, token }, other].map((each) =>
          alone.ask(`/v1/tokens/${each.id}`, { method: 'DELETE', token: each.token }),
        ),
      );
      expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
    } finally {
      await alone.close();
    }
  });

  test('tenant: commands take it, over HTTP and Redis', async () => {
    const { redisUrl = '', keyPrefix, dataDir } = bench.deployment.config;
    const id = await bench.run(shell('true'), owner);
    const overHttp = { cwd: dataDir, env: { EXEC_URL: bench.url, EXEC_TOKEN: admin } };
    const overRedis = { cwd: dataDir, env: { REDIS_URL: redisUrl, EXEC_KEY_PREFIX: keyPrefix } };
    const listed = await runCli(['ps', '--all', '--tenant', '*'], overHttp);
    expect(listed.stdout, listed.stderr).toMatch(new RegExp(`${id} +owner`));
    expect((await runCli(['ps', '--all', '--tenant', 'admins'], overHttp)).stdout).not.toContain(id);
    expect((await runCli(['ps', '--all', '--tenant', 'admins'], overRedis)).stdout).not.toContain(id);
    expect((await runCli(['ps', '--all', '--tenant', 'owner'], overRedis)).stdout).toContain(id);
    const refused = await runCli(['ps', '--tenant', '*'], {
      ...overHttp,
      env: { ...overHttp.env, EXEC_TOKEN: stranger },
    });
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringContaining('admin')]);
  });
});

describeWith('redis', 'administrators and what waits', () => {
  test('cancel: of many reaches all tenants', async () => {
    const slow = await openHttpBench({}, scriptedParts({ runsUntilStopped: true }));
    try {
      const [team, admin] = [await slow.makeToken('team'), await slow.makeToken('admins', ['submit', 'read', 'admin'])];
      const accepted = await slow.ask('/v1/executions', { method: 'POST', token: team, body: shell('sleep 60') });
      const { execution_id: id } = executionViewSchema.parse(await accepted.json());
      const cancel = async (filter: object) => {
        const response = await slow.ask('/v1/executions/cancel', { method: 'POST', token: admin, body: { filter } });
        return canceledSchema.parse(await response.json()).executions;
      };
      expect(await cancel({})).toEqual([]);
      expect(await cancel({ tenant: '*' })).toEqual([id]);
      const isCanceled = async () =>
        (await (await slow.ask(`/v1/executions/${id}`, { token: team })).text()).includes('CANCELED');
      expect(await becomesTrue(isCanceled, 60_000)).toBe(true);
    } finally {
      await slow.close();
    }
  });
});
