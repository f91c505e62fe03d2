import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { auditListSchema } from '../../src/wire/http/audit.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

describeWith('redis', 'the audit log over HTTP', () => {
  let bench: HttpBench;
  let [operator, user] = ['', ''];
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts());
    operator = await bench.makeToken('ops', ['operate']);
    user = await bench.makeToken('user', ['submit', 'read']);
  });
  afterAll(() => bench.close());

  test('audit: needs the scope operate', async () => {
    expect((await bench.ask('/v1/audit', { token: user })).status).toBe(403);
  });

  test('audit: lists what was done, newest first, and no more than was asked for', async () => {
    const ids = [await bench.run(shell('true'), user), await bench.run(shell('true'), user)];
    const list = async () =>
      auditListSchema.parse(await (await bench.ask('/v1/audit?limit=2', { token: operator })).json());
    // An entry is written when the response has been sent.
    await expect
      .poll(async () => (await list()).entries.map(({ target }) => target))
      .toEqual(ids.map((id) => `/v1/executions/${id}`).reverse());
    const client = createHttpClient({ url: bench.url, token: operator });
    expect(await client.audit({ limit: 2 })).toEqual(await list());
    const [latest] = (await list()).entries;
    expect(latest).toMatchObject({ tenant: 'user', action: 'submit', result: '200' });
    expect(latest?.actor).toMatch(/^token:/);
    expect((await bench.ask('/v1/audit?limit=0', { token: operator })).status).toBe(400);
  });
});
