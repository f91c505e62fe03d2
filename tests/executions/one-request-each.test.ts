import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createRateLimiter } from '../../src/access/rate-limiter.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const inTime = 30_000;
const untilStopped = scriptedParts({ runsUntilStopped: true });

describeWith('redis', 'one delivery is one request', () => {
  let bench: HttpBench;

  afterEach(() => bench.close());

  const keysOf = () => queueKeys(bench.deployment.config.keyPrefix);
  test('stream: equal entries without an id run once each', async () => {
    bench = await openHttpBench({}, scriptedParts());
    const { redis, config, answers } = bench.deployment;
    const text = JSON.stringify(shell('true'));
    for (let count = 0; count < 5; count += 1) await redis.xadd(config.requestChannel, '*', 'request', text);
    expect(await becomesTrue(() => answers.length === 5, inTime)).toBe(true);
    expect(new Set(answers.map(({ execution_id: id }) => id)).size).toBe(5);
    for (const { result } of answers) expect(result?.metadata.warnings ?? []).toEqual([]);
  });

  test('stream: an entry is acknowledged in the step that queues it', async () => {
    bench = await openHttpBench({ leaseSeconds: 1 }, scriptedParts());
    const { redis, config, answers } = bench.deployment;
    await redis.set(keysOf().paused, '1');
    await redis.xadd(config.requestChannel, '*', 'request', JSON.stringify(shell('true')));
    expect(await becomesTrue(async () => (await redis.zcard(keysOf().index('state:queued'))) === 1, inTime)).toBe(true);
    expect(await redis.xlen(config.requestChannel)).toBe(0);
    await redis.del(keysOf().paused);
    expect(await becomesTrue(() => answers.length === 1, inTime)).toBe(true);
  });

  test('cancel over HTTP: reaches an agent that no message reaches', async () => {
    bench = await openHttpBench({ leaseSeconds: 1 }, untilStopped);
    const { redis } = bench.deployment;
    const accepted = await bench.ask('/v1/executions', { method: 'POST', body: shell('sleep 60') });
    const location = accepted.headers.get('location') ?? '';
    const id = location.split('/').at(-1) ?? '';
    const key = keysOf().execution(id);
    expect(await becomesTrue(async () => (await redis.hget(key, 'state')) === 'running', inTime)).toBe(true);
    // Only the mark, as when the message that follows it is lost.
    await redis.hset(key, 'cancel', '1');
    expect(await becomesTrue(async () => (await redis.hget(key, 'code')) === 'CANCELED', inTime)).toBe(true);
  });

  test('cancel over HTTP: marks the record before it tells the agents', async () => {
    bench = await openHttpBench({ drainSeconds: 0 }, untilStopped);
    const { redis } = bench.deployment;
    await redis.set(keysOf().paused, '1');
    const accepted = await bench.ask('/v1/executions', { method: 'POST', body: shell('sleep 60') });
    const location = accepted.headers.get('location') ?? '';
    await bench.ask(`${location}/cancel`, { method: 'POST' });
    const key = keysOf().execution(location.split('/').at(-1) ?? '');
    expect(await redis.hget(key, 'cancel')).toBe('1');
  });

  test('correlation id: names its execution for as long as the record exists, and no longer', async () => {
    bench = await openHttpBench({ retentionSeconds: 60, drainSeconds: 0 }, untilStopped);
    const { redis } = bench.deployment;
    const name = randomUUID();
    await bench.ask('/v1/executions', { method: 'POST', body: shell('true', { correlation_id: name }) });
    const key = keysOf().correlation('default', name);
    expect(await redis.pttl(key)).toBe(-1);
    await bench.ask(`/v1/executions/${name}/cancel`, { method: 'POST' });
    const finished = async () => (await (await bench.ask(`/v1/executions/${name}`)).text()).includes('CANCELED');
    expect(await becomesTrue(finished, inTime)).toBe(true);
    expect((await bench.ask(`/v1/executions/${name}`, { method: 'DELETE' })).status).toBe(204);
    expect(await redis.exists(key)).toBe(0);
  });

  for (const way of ['pub/sub', 'stream', 'HTTP'] as const) {
    test(`DELETE, then the same message over ${way}: is a new request and gets a response`, async () => {
      bench = await openHttpBench({}, scriptedParts());
      const { redis, config, deployment } = { ...bench.deployment, deployment: bench.deployment };
      const request = shell('true', { correlation_id: randomUUID() });
      const send = async () => {
        if (way === 'pub/sub') await deployment.publish(request);
        else if (way === 'stream') await redis.xadd(config.requestChannel, '*', 'request', JSON.stringify(request));
        else await bench.run(request);
      };
      await send();
      expect(await becomesTrue(() => deployment.answers.length === 1, inTime)).toBe(true);
      const [first] = deployment.answers;
      const deleted = await bench.ask(`/v1/executions/${first?.execution_id}`, { method: 'DELETE' });
      expect(deleted.status).toBe(204);
      await send();
      expect(await becomesTrue(() => deployment.answers.length === 2, inTime)).toBe(true);
      expect(deployment.answers[1]?.execution_id).not.toBe(first?.execution_id);
    });
  }

  test('lease: an agent does not adopt what it works on itself', async () => {
    bench = await openHttpBench({ leaseSeconds: 1, drainSeconds: 0 }, untilStopped);
    const { redis } = bench.deployment;
    const accepted = await bench.ask('/v1/executions', { method: 'POST', body: shell('sleep 60') });
    const id = accepted.headers.get('location')?.split('/').at(-1) ?? '';
    const key = keysOf().execution(id);
    expect(await becomesTrue(async () => (await redis.hget(key, 'state')) === 'running', inTime)).toBe(true);
    for (let round = 0; round < 300; round += 1) {
      await redis.zadd(keysOf().leases, 0, id);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await redis.hget(key, 'fence')).toBe('1');
  });

  test('quota in bytes: counts what is queued or running, and is free again afterwards', async () => {
    bench = await openHttpBench({ tenantBytes: 50_000 }, scriptedParts());
    const { redis, config } = bench.deployment;
    await redis.set(keysOf().paused, '1');
    const large = (content: string) => shell('true', { input: { files: [{ name: 'f', content }] } });
    const submit = (size: number, token?: string) =>
      bench.ask('/v1/executions', { method: 'POST', body: large('x'.repeat(size)), ...(token && { token }) });
    expect((await submit(30_000)).status).toBe(202);
    const refused = await submit(30_000);
    expect(await refused.text()).toContain('EXEC_TENANT_BYTES');
    expect(refused.status).toBeGreaterThanOrEqual(400);
    await redis.xadd(config.requestChannel, '*', 'request', JSON.stringify(large('y'.repeat(30_000))));
    const isRefused = () => bench.deployment.answers.some(({ error_code: code }) => code === 'QUEUE_FULL');
    expect(await becomesTrue(isRefused, inTime)).toBe(true);
    const other = await bench.makeToken('other');
    expect((await submit(30_000, other)).status).toBe(202);
    await redis.del(keysOf().paused);
    expect(await becomesTrue(async () => (await redis.exists(`${keysOf().base}:bytes`)) === 0, inTime)).toBe(true);
  });
});

test('rate limiter: a clock that goes back refuses no request for longer', () => {
  const limiter = createRateLimiter(1);
  expect(limiter.take('a', 3_600_000)).toBe(0);
  expect(limiter.take('a', 0)).toBeLessThanOrEqual(1000);
  expect(limiter.take('a', 1000)).toBe(0);
});
