import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyDocumentSchema, serviceListSchema, settingListSchema, tokenListSchema } from '../../src/wire/http.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
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
