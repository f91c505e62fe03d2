import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { executionViewSchema } from '../../src/wire/http/executions.ts';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { executionRequestSchema } from '../../src/wire/request/request.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { parcelGateway } from '../gateways/parcel-gateway.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

describeWith('redis', 'requests of executions over HTTP', () => {
  let bench: HttpBench;
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts(), [parcelGateway]);
  });
  afterAll(() => bench.close());

  const request = shell('echo 1', {
    correlation_id: 'again',
    environment: { A: 'a' },
    input: { config_data: { big: 1 } },
    tags: { of: 'rerun' },
  });

  test('request: is returned with the values that were used, every digit kept', async () => {
    const body = JSON.stringify(request).replace('"big":1', '"big":12345678901234567890');
    const headers = { 'content-type': 'application/json' };
    const accepted = await bench.ask('/v1/executions?wait=60', { method: 'POST', body, headers });
    const { execution_id: id } = executionViewSchema.parse(await accepted.json());
    const text = await (await bench.ask(`/v1/executions/${id}/request`)).text();
    expect(text).toContain('12345678901234567890');
    const found = executionRequestSchema.parse(JSON.parse(text));
    expect(found).toMatchObject({
      correlation_id: 'again',
      container: { image: 'alpine:latest', command: ['sh', '-c', 'echo 1'], resources: { cpus: expect.any(Number) } },
      environment: { A: 'a' },
      timeout: 300,
    });
    expect(Object.keys(found.environment ?? {})).toEqual(['A']);
  });

  test('rerun: is a new execution of the same request, each time', async () => {
    const id = await bench.run(request);
    const ids = new Set([id]);
    for (let time = 0; time < 2; time += 1) {
      const response = await bench.ask(`/v1/executions/${id}/rerun?wait=60`, { method: 'POST' });
      expect(response.status).toBe(200);
      const view = executionViewSchema.parse(await response.json());
      expect(view).toMatchObject({ state: 'finished', code: 'OK', correlation_id: null, tags: { of: 'rerun' } });
      expect(response.headers.get('location')).toBe(`/v1/executions/${view.execution_id}`);
      ids.add(view.execution_id);
    }
    expect(ids.size).toBe(3);
  });

  test('rerun: without wait it is queued, and the client can do it too', async () => {
    const id = await bench.run(request);
    const queued = await bench.ask(`/v1/executions/${id}/rerun`, { method: 'POST' });
    expect([queued.status, executionViewSchema.parse(await queued.json()).state]).toEqual([202, 'queued']);
    const client = createHttpClient({ url: bench.url });
    const again = await client.rerun(id);
    expect(await client.wait(again)).toMatchObject({ success: true, execution_id: again });
    expect((await client.request(again)).container.command).toEqual(['sh', '-c', 'echo 1']);
  });

  test('rerun: what came over Redis with a reply channel runs again over HTTP', async () => {
    const channel = `${bench.deployment.config.responseChannel}:mine`;
    await bench.deployment.publish({ ...request, correlation_id: 'redis-1', reply_to: channel });
    const client = createHttpClient({ url: bench.url });
    await expect
      .poll(
        () =>
          client.get('redis-1').then(
            ({ state }) => state,
            () => '',
          ),
        { timeout: 20_000 },
      )
      .toBe('finished');
    expect((await client.request('redis-1')).reply_to).toBe(channel);
    expect(await client.wait(await client.rerun('redis-1'))).toMatchObject({ success: true });
  });

  test('request: of another gateway is refused with the reason', async () => {
    const sent = await bench.ask('/parcels', { method: 'POST', body: { picture: 'alpine' } });
    const { parcel } = z.object({ parcel: z.string() }).parse(await sent.json());
    for (const [path, method] of [
      ['request', 'GET'],
      ['rerun', 'POST'],
    ] as const) {
      const response = await bench.ask(`/v1/executions/${parcel}/${path}`, { method });
      expect(response.status).toBe(409);
      expect(problemSchema.parse(await response.json()).detail).toContain('"parcel"');
    }
  });
});
