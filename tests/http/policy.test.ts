import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { policyFindingsSchema } from '../../src/wire/http/policy.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { describeWith } from '../parts/require-part.ts';
import { announceBody } from './announce-body.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

const examples = new URL('../../examples/policy/', import.meta.url);

describeWith('redis', 'the policy over HTTP', () => {
  let bench: HttpBench;
  beforeAll(async () => {
    bench = await openHttpBench({ policyFile: fileURLToPath(new URL('policy.yaml', examples)) }, scriptedParts());
  });
  afterAll(() => bench.close());

  const check = async (body: string | object, token: string, query = '') => {
    const headers = { 'content-type': 'application/json' };
    return bench.ask(`/v1/policy/test${query}`, { method: 'POST', body, token, headers });
  };

  test('policy test: answers for the examples what a submission would get, for the tenant of the token', async () => {
    const token = await bench.makeToken('ci');
    for (const name of ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10']) {
      const file = (await listExamples()).find((each) => each.startsWith(name));
      const text = await readFile(new URL(file ?? '', examples), 'utf8');
      const tested = policyFindingsSchema.parse(await (await check(text, token)).json());
      const headers = { 'content-type': 'application/json' };
      const submitted = await bench.ask('/v1/executions', { method: 'POST', body: text, token, headers });
      expect(tested.admitted, file).toBe(submitted.status < 300);
      await submitted.text();
    }
  });

  test('policy test: runs nothing, and refuses what is no request', async () => {
    const token = await bench.makeToken('ci');
    const count = async () =>
      (await createHttpClient({ url: bench.url, token }).list({ limit: 500 })).executions.length;
    const before = await count();
    const client = createHttpClient({ url: bench.url, token });
    const request = { container: { image: 'alpine:latest', command: ['true'] } };
    expect(await client.testPolicy(request)).toMatchObject({ findings: expect.any(Array) });
    expect(await client.testPolicy(request, { digest: `sha256:${'a'.repeat(64)}` })).toMatchObject({
      findings: expect.any(Array),
    });
    expect(await count()).toBe(before);
    expect((await check('{"container":{}}', token)).status).toBe(400);
    expect((await check('', token)).status).toBe(400);
    expect((await check(shell('true'), token, '?digest=latest')).status).toBe(400);
    const large = await announceBody(`${bench.url}/v1/policy/test`, 1024 ** 2 + 1, {
      authorization: `Bearer ${token}`,
    });
    expect(large.status).toBe(413);
    expect(large.body).toContain('The body of POST /v1/policy/test may have at most 1 MiB.');
    const reader = await bench.makeToken('ci', ['read']);
    expect((await check(shell('true'), reader)).status).toBe(403);
  });
});

async function listExamples(): Promise<readonly string[]> {
  return (await readdir(examples)).filter((name) => /^\d\d-.*\.json$/.test(name));
}
