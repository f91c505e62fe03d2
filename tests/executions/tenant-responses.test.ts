import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { describeWith } from '../parts/require-part.ts';

describeWith('redis', 'responses of tenants', () => {
  let bench: HttpBench;
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts());
  });
  afterAll(() => bench.close());

  test('another tenant than default: is answered on its own channel, under any correlation id', async () => {
    const { redis, config, answers, run } = bench.deployment;
    const correlation = randomUUID();
    const id = await bench.run(shell('true', { correlation_id: correlation }), await bench.makeToken('team'));
    const own = await redis.xrange(`${config.responseChannel}:tenant:team`, '-', '+');
    expect(own.map(([, [, text = '']]) => JSON.parse(text))).toMatchObject([{ execution_id: id, tenant: 'team' }]);
    expect(await run(shell('true'))).toMatchObject({ success: true, tenant: 'default' });
    expect(answers.filter(({ correlation_id: of }) => of === correlation)).toEqual([]);
  });

  test('reply_to: names no channel of a tenant', async () => {
    const { redis, config, run } = bench.deployment;
    const channel = `${config.responseChannel}:tenant:other`;
    const response = await run(shell('true', { reply_to: channel }));
    expect(response).toMatchObject({ error_code: 'INVALID_REQUEST', tenant: 'default' });
    expect(response.error).toContain('reply_to');
    expect(await redis.exists(channel)).toBe(0);
  });
});
