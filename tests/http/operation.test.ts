import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenStore, mostTokens } from '../../src/access/token-store.ts';
import { serviceListSchema, settingListSchema } from '../../src/wire/http/operation.ts';
import { policyDocumentSchema } from '../../src/wire/http/policy.ts';
import { tokenListSchema } from '../../src/wire/http/tokens.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

describeWith('redis', 'what operators look at over HTTP', () => {
  let bench: HttpBench;
  let [operator, user] = ['', ''];
  beforeAll(async () => {
    bench = await openHttpBench({ aiKey: 'never-shown' }, scriptedParts());
    operator = await bench.makeToken('ops', ['operate']);
    user = await bench.makeToken('ops', ['submit', 'read']);
  });
  afterAll(() => bench.close());

  test('tokens and settings are listed without secrets, and the policy is as in its file', async () => {
    const read = async (path: string) => (await bench.ask(path, { token: operator })).text();
    const tokens = await read('/v1/tokens');
    const listed = tokenListSchema.parse(JSON.parse(tokens)).tokens;
    expect(listed.map(({ tenant }) => tenant)).toEqual(['ops', 'ops']);
    // Both may be of the same millisecond.
    expect(new Set(listed.map(({ scopes }) => scopes.join(' ')))).toEqual(new Set(['operate', 'submit read']));
    expect(tokens).not.toMatch(/hash|exa_/);
    const settings = await read('/v1/settings');
    expect(settings).not.toContain('never-shown');
    expect(settingListSchema.parse(JSON.parse(settings)).settings.length).toBeGreaterThan(50);
    expect(policyDocumentSchema.parse(JSON.parse(await read('/v1/policy')))).toEqual({ policy: {} });
  });

  test('tokens: are listed in pages, over HTTP and on the command line, and a cursor that is none is refused', async () => {
    const read = async (query: string) => {
      const response = await bench.ask(`/v1/tokens${query}`, { token: operator });
      return tokenListSchema.parse(await response.json());
    };
    const all = await read('');
    expect(all).not.toHaveProperty('next');
    const first = await read('?limit=1');
    const second = await read(`?limit=1&cursor=${first.next}`);
    expect([...first.tokens, ...second.tokens]).toEqual(all.tokens);
    expect(second).not.toHaveProperty('next');
    for (const query of ['cursor=x', 'limit=0', 'limit=1001'])
      expect((await bench.ask(`/v1/tokens?${query}`, { token: operator })).status).toBe(400);
    const { redisUrl = '', keyPrefix, dataDir } = bench.deployment.config;
    const options = { cwd: dataDir, env: { REDIS_URL: redisUrl, EXEC_KEY_PREFIX: keyPrefix } };
    const run = (...more: readonly string[]) => runCli(['token', 'list', '--limit', '1', ...more], options);
    expect(JSON.parse((await run('--json', '--cursor', first.next ?? '')).stdout)).toEqual(second);
    expect(await run()).toMatchObject({ code: 0, stderr: `More: --cursor ${first.next}\n` });
  });

  test('tokens: there are only so many; those out of date make way for new ones', async () => {
    const { redis, config } = bench.deployment;
    const prefix = `${config.keyPrefix}-full`;
    const tokens = createTokenStore(redis, prefix);
    const facts = { name: '', tenant: 'full', scopes: ['read'] } as const;
    const { entry } = await tokens.create({ ...facts, expiresAt: 2 }, 1);
    const copies = Array.from({ length: mostTokens - 1 }, (_, index) => {
      const id = index.toString(16).padStart(12, '0');
      return [id, JSON.stringify({ ...entry, id, expiresAt: 1000 })] as const;
    });
    await redis.hset(`{${prefix}}:tokens`, ...copies.flat());
    await expect(tokens.create(facts, 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const { token } = await tokens.create(facts, 2);
    expect(await tokens.check(token, 2)).toMatchObject({ tenant: 'full' });
    await expect(tokens.create(facts, 2)).rejects.toThrow(`There are ${mostTokens} tokens`);
    expect((await tokens.list({ limit: 1000 })).tokens).toHaveLength(1000);
    await redis.del(`{${prefix}}:tokens`);
  });

  test('services: are listed with what was used of them, without secrets', async () => {
    const text = await (await bench.ask('/v1/services', { token: operator })).text();
    expect(text).not.toContain('never-shown');
    const { services } = serviceListSchema.parse(JSON.parse(text));
    expect(services).toContainEqual({ name: 'data', detail: expect.any(String), calls: 0, errors: 0, tokens: 0 });
  });

  test.each(['/v1/tokens', '/v1/settings', '/v1/policy', '/v1/services'])('%s is for operators alone', async (path) => {
    expect((await bench.ask(path, { token: user })).status).toBe(403);
    expect((await bench.ask(path)).status).toBe(401);
  });
});
