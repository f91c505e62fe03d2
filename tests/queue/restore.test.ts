import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type RedisServer, startRedis } from '../parts/stores/redis.ts';

const inTime = 60_000;
const output = [{ stream: 'stdout', text: 'hi\n' }] as const;
const answered = { success: true, result: { output: 'hi\n' } };

describeWith('redis', 'a backup of Redis', () => {
  let directory = '';
  const servers = new Set<RedisServer>();
  const deployments = new Set<TestDeployment>();

  const start = async (name: string, appendOnly: boolean) => {
    const server = await startRedis({ directory: join(directory, name), appendOnly });
    servers.add(server);
    return server;
  };
  const stop = async (server: RedisServer) => {
    servers.delete(server);
    await server.stop();
  };
  const open = async (server: RedisServer, names: object = {}) => {
    const settings = { redisUrl: server.url, drainSeconds: 0, ...names };
    const options = { connect: () => new Redis(server.url), partsOf: scriptedParts({ output }) };
    const deployment = await openDeployment(settings, {}, options);
    deployments.add(deployment);
    return deployment;
  };
  const ask = async <Value>(server: RedisServer, question: (redis: Redis) => Promise<Value>) => {
    const redis = new Redis(server.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const has = (server: RedisServer, text: string) =>
    becomesTrue(() => ask(server, async (redis) => (await redis.info('persistence')).includes(text)), inTime);
  const sizeOf = (server: RedisServer) => ask(server, (redis) => redis.dbsize());

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restore-'));
  });
  afterAll(async () => {
    for (const deployment of deployments) await deployment.close();
    for (const server of servers) await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('restored as docs/operations.md describes: has all records, and runs what was queued', async () => {
    const first = await start('first', true);
    const before = await open(first);
    await before.open();
    const { execution_id } = await before.run(shell('echo hi'));
    const { keyPrefix, requestChannel, responseChannel, controlChannel, eventsChannel, logsChannel } = before.config;
    const names = { keyPrefix, requestChannel, responseChannel, controlChannel, eventsChannel, logsChannel };
    const cli = (server: RedisServer, ...args: string[]) =>
      runCli(args, { cwd: directory, env: { REDIS_URL: server.url, EXEC_KEY_PREFIX: keyPrefix } });
    expect((await cli(first, 'pause')).code).toBe(0);
    await before.redis.xadd(
      requestChannel,
      '*',
      'request',
      JSON.stringify(shell('echo hi', { correlation_id: 'queued' })),
    );
    const isQueued = async () => (await cli(first, 'ps', '--json')).stdout.includes('queued');
    expect(await becomesTrue(isQueued, inTime)).toBe(true);
    await before.redis.bgsave();
    expect(await has(first, 'rdb_bgsave_in_progress:0')).toBe(true);
    const size = await sizeOf(first);
    const backup = join(directory, 'backup.rdb');
    await copyFile(join(first.directory, 'dump.rdb'), backup);
    deployments.delete(before);
    await before.close();
    await stop(first);

    // What the steps are there to avoid.
    await mkdir(join(directory, 'wrong'));
    await copyFile(backup, join(directory, 'wrong/dump.rdb'));
    expect(await sizeOf(await start('wrong', true))).toBe(0);

    await mkdir(join(directory, 'second'));
    await copyFile(backup, join(directory, 'second/dump.rdb'));
    const loaded = await start('second', false);
    expect(await sizeOf(loaded)).toBe(size);
    await ask(loaded, (redis) => redis.config('SET', 'appendonly', 'yes'));
    expect(await has(loaded, 'aof_enabled:1')).toBe(true);
    expect(await has(loaded, 'aof_rewrite_in_progress:0')).toBe(true);
    await stop(loaded);

    const second = await start('second', true);
    expect(await sizeOf(second)).toBe(size);
    const after = await open(second, names);
    await after.open();
    expect((await cli(second, 'get', execution_id)).stdout).toContain(execution_id);
    expect((await cli(second, 'resume')).code).toBe(0);
    expect(await after.answerTo('queued')).toMatchObject(answered);
    expect(await after.run(shell('echo hi'))).toMatchObject(answered);
  });
});
