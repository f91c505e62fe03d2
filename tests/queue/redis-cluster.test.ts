import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/agent/agent-types.ts';
import { loadConfig } from '../../src/agent/config/load-config.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { connectRedis } from '../../src/agent/redis/connect-redis.ts';
import { checkRedis } from '../../src/cli/doctor/check-redis.ts';
import { createRedisClient, type RedisClient } from '../../src/client/index.ts';
import type { AnyRedis } from '../../src/support/any-redis.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type RedisCluster, startRedisCluster } from '../parts/stores/redis-cluster.ts';

const inTime = 110_000;
const logger = createSilentLogger();
const answered = { success: true, result: { output: 'hi\n' } };

describeWith('redis', 'agents on a Redis Cluster', () => {
  let directory = '';
  let cluster: RedisCluster;
  let redis: AnyRedis;
  let client: RedisClient;
  let httpUrl = '';
  let starts = 0;
  const agents: Agent[] = [];

  const configOf = async (more: Readonly<Record<string, string>> = {}) => {
    const env = {
      REDIS_URL: cluster.url,
      EXEC_DATA_DIR: directory,
      PORT: 'off',
      LOG_LEVEL: 'silent',
      ...more,
    };
    const { config } = await loadConfig({
      env: { EXEC_MIN_FREE_DISK: '1m', EXEC_MIN_FREE_MEMORY: '1m', ...env },
      cwd: directory,
    });
    return config;
  };
  const send = (id: string) =>
    redis.xadd('{exec}-requests', '*', 'request', JSON.stringify(shell('echo hi', { correlation_id: id })));
  const answers = async () => {
    const entries = await redis.xrange('{exec}-responses', '-', '+');
    return entries.map(([, [, text = '']]) => executionResponseSchema.parse(JSON.parse(text)));
  };
  /** One answer to each: a request that was sent twice because its reply got lost is answered twice. */
  const answersTo = async (ids: readonly string[]) => {
    const byId = new Map((await answers()).map((answer) => [answer.correlation_id, answer]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
    cluster = await startRedisCluster();
    redis = await connectRedis({ url: cluster.url, name: 'test', connectMs: inTime, logger });
    const output = [{ stream: 'stdout', text: 'hi\n' }] as const;
    const parts = scriptedParts({ output, outputPauseMs: 20, onStart: () => void starts++ });
    for (const more of [{ PORT: '0' }, {}])
      agents.push(await openAgent(await configOf({ ...more, EXEC_CONCURRENCY: '4' }), { logger }, parts));
    httpUrl = agents[0]?.httpUrl ?? '';
    client = await createRedisClient({ url: cluster.url });
  });
  afterAll(async () => {
    await client?.close();
    for (const agent of agents) await agent.stop();
    redis?.disconnect();
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('every entry point: a request runs and is answered', async () => {
    expect(await client.run({ container: { image: 'alpine', command: ['true'] } })).toMatchObject(answered);
    const id = await client.submit({ container: { image: 'alpine', command: ['true'] } });
    expect(await client.wait(id)).toMatchObject(answered);
    await send('by-stream');
    expect(await becomesTrue(async () => (await answersTo(['by-stream'])).length === 1, inTime)).toBe(true);
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const submitted = await fetch(`${httpUrl}/v1/executions?wait=60`, {
      ...post,
      body: JSON.stringify(shell('echo hi')),
    });
    expect(await submitted.json()).toMatchObject({ state: 'finished' });
    const listed = await fetch(`${httpUrl}/v1/executions?state=finished`);
    expect(await listed.json()).toMatchObject({ executions: { length: 4 } });
  });

  test('a message that nobody receives is an error also where only other nodes have listeners', async () => {
    const nobody = await createRedisClient({ url: cluster.url, requestChannel: 'nobody-listens' });
    try {
      await expect(nobody.run({ container: { image: 'alpine' } })).rejects.toThrow('No agent is listening');
    } finally {
      await nobody.close();
    }
  });

  test('doctor: finds a cluster well, and the rights of its user', async () => {
    const [check] = await checkRedis(await configOf(), { canStartOne: false });
    expect(check).toMatchObject({ state: 'ok', detail: expect.stringContaining('redis-cli -c -u redis://127.0.0.1:') });
  });

  test('failover: 200 executions run once each while their master is handed over and then killed', async () => {
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const before = starts;
    const done = async (number: number) => (await answersTo(ids)).length >= number;
    for (const id of ids.slice(0, 100)) await send(id);
    expect(await becomesTrue(() => done(20), inTime)).toBe(true);

    const first = await cluster.ownersOf('{exec}');
    const [replica] = first.replicas;
    if (replica === undefined) throw new Error('the master has a replica');
    await cluster.connectTo(replica).call('CLUSTER', 'FAILOVER');
    const isMaster = async () => (await cluster.ownersOf('{exec}')).master === replica;
    expect(await becomesTrue(isMaster, inTime)).toBe(true);
    const follows = async () => (await cluster.connectTo(replica).info('replication')).includes('state=online');
    expect(await becomesTrue(follows, inTime)).toBe(true);

    for (const id of ids.slice(100, 150)) await send(id);
    expect(await becomesTrue(() => done(110), inTime)).toBe(true);
    // What only the master has is lost with it: Redis replicates asynchronously.
    const current = cluster.connectTo(replica);
    await current.call('CLIENT', 'PAUSE', inTime, 'WRITE');
    const isCopied = async () => {
      const info = await current.info('replication');
      const [, written] = /master_repl_offset:(\d+)/.exec(info) ?? [];
      return written !== undefined && info.includes(`,offset=${written},`);
    };
    expect(await becomesTrue(isCopied, inTime)).toBe(true);
    await replica.kill();
    for (const id of ids.slice(150)) await send(id);
    expect(await becomesTrue(() => done(200), inTime)).toBe(true);

    const responses = await answersTo(ids);
    expect(responses.filter(({ success }) => !success)).toEqual([]);
    expect(starts - before).toBe(200);
    expect((await cluster.ownersOf('{exec}')).master).toBe(first.master);
  });
});
