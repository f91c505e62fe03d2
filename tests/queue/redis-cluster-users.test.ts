import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/agent/agent-types.ts';
import { loadConfig } from '../../src/agent/config/load-config.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { connectRedis } from '../../src/agent/redis/connect-redis.ts';
import { checkRedis } from '../../src/cli/doctor/check-redis.ts';
import type { AnyRedis } from '../../src/support/any-redis.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { makeDockerCertificates } from '../parts/docker/docker-certificates.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type RedisCluster, startRedisCluster } from '../parts/stores/redis-cluster.ts';
import { expectMonitorToSee, refusalsOf, usersWithPasswords } from './users-acl.ts';

const inTime = 110_000;
const logger = createSilentLogger();
const users = ['exec-agent', 'exec-sender', 'exec-monitor', 'admin'];
// What docs/operations.md adds for clients of a cluster.
const forClusters = '+cluster|slots +cluster|info +asking +readonly +pubsub|numsub';

/** Changes users.acl for a cluster as docs/operations.md describes. */
function forCluster(text: string): string {
  return text
    .replace(/([~&])exec-(requests|responses|control)/g, '$1{exec}-$2')
    .replace(/^user exec-(?:sender|monitor) .*$/gm, (line) => line.replace(/-@all/, `-@all ${forClusters}`));
}

describeWith('redis', 'the users of deploy/redis/users.acl on a Redis Cluster with TLS', () => {
  let directory = '';
  let ca = '';
  let cluster: RedisCluster;
  let agent: Agent;
  const connections: AnyRedis[] = [];

  const urlOf = (user: string) => cluster.url.replace('://', `://${user}:${user}-password@`);
  const environmentOf = (user: string) => ({ REDIS_URL: urlOf(user), EXEC_REDIS_CA: join(directory, 'server/ca.pem') });
  const as = async (user: string) => {
    const redis = await connectRedis({ url: urlOf(user), ca, name: 'test', connectMs: inTime, logger });
    connections.push(redis);
    return redis;
  };
  const configOf = async (user: string) => {
    const places = { EXEC_DATA_DIR: directory, PORT: 'off', LOG_LEVEL: 'silent' };
    const free = { EXEC_MIN_FREE_DISK: '1m', EXEC_MIN_FREE_MEMORY: '1m' };
    return (await loadConfig({ env: { ...places, ...free, ...environmentOf(user) }, cwd: directory })).config;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'redis-cluster-users-'));
    const certificates = await makeDockerCertificates(directory);
    ca = await readFile(join(certificates.server, 'ca.pem'), 'utf8');
    const file = join(directory, 'users.acl');
    await writeFile(file, forCluster(await usersWithPasswords()));
    cluster = await startRedisCluster({
      users: { file, admin: 'admin', password: 'admin-password' },
      certificates,
    });
    const output = [{ stream: 'stdout', text: 'hi\n' }] as const;
    agent = await openAgent(await configOf('exec-agent'), { logger }, scriptedParts({ output }));
  });
  afterAll(async () => {
    await agent?.stop();
    for (const redis of connections) redis.disconnect();
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('a request of a sender runs, and a monitor sees it, without a refused command', async () => {
    const sender = await as('exec-sender');
    const replyTo = '{exec}-responses:sender';
    const request = shell('echo hi', { correlation_id: 'sent', reply_to: replyTo });
    await sender.xadd('{exec}-requests', '*', 'request', JSON.stringify(request));
    const response = async () => {
      const entries = await sender.xrange(replyTo, '-', '+');
      return entries.map(([, [, text = '']]) => executionResponseSchema.parse(JSON.parse(text)))[0];
    };
    expect(await becomesTrue(async () => (await response()) !== undefined, inTime)).toBe(true);
    const answer = await response();
    expect(answer).toMatchObject({ correlation_id: 'sent', success: true, result: { output: 'hi\n' } });
    const id = answer?.execution_id ?? '';
    await expectMonitorToSee({ id, output: 'hi\n' }, { cwd: directory, env: environmentOf('exec-monitor') });
    expect(await refusals()).toEqual([]);
  });

  test('doctor: finds nothing missing for the agent', async () => {
    const [check] = await checkRedis(await configOf('exec-agent'), { canStartOne: false });
    expect(check).toMatchObject({ state: 'ok' });
  });

  test('exec-sender: reads no records, and no responses of others', async () => {
    const sender = await as('exec-sender');
    await expect(sender.hgetall('{exec}:tokens')).rejects.toThrow('NOPERM');
    await expect(sender.xrange('{exec}-responses', '-', '+')).rejects.toThrow('NOPERM');
    await expect(sender.set('{exec}:x', '1')).rejects.toThrow('NOPERM');
  });

  /** What the servers refused, by their own logs. */
  async function refusals(): Promise<readonly string[]> {
    const { master, replicas } = await cluster.ownersOf('{exec}');
    const logs = await Promise.all([master, ...replicas].map((server) => cluster.connectTo(server).call('ACL', 'LOG')));
    return logs.flatMap((log) => refusalsOf(users, log));
  }
});
