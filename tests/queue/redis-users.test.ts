import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../src/agent/config/config-schema.ts';
import { checkRedis } from '../../src/cli/doctor/check-redis.ts';
import { createRedisClient } from '../../src/client/index.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type RedisServer, startRedis } from '../parts/stores/redis.ts';
import { expectMonitorToSee, refusalsOf, usersWithPasswords } from './users-acl.ts';

const inTime = 60_000;
const output = [{ stream: 'stdout', text: 'hi\n' }] as const;
const answered = { success: true, result: { output: 'hi\n' } };
// Those that users.acl is written for.
const names = {
  keyPrefix: 'exec',
  requestChannel: 'exec-requests',
  responseChannel: 'exec-responses',
  controlChannel: 'exec-control',
  eventsChannel: 'exec-events',
  logsChannel: 'exec-logs',
};

describeWith('redis', 'the users of deploy/redis/users.acl', () => {
  let directory = '';
  let server: RedisServer;
  let admin: Redis;
  let deployment: TestDeployment;
  let httpUrl = '';
  const connections: Redis[] = [];

  const urlOf = (user: string, password = `${user}-password`) => `redis://${user}:${password}@127.0.0.1:${server.port}`;
  const as = (user: string) => {
    const redis = new Redis(urlOf(user));
    connections.push(redis);
    return redis;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'redis-users-'));
    await writeFile(join(directory, 'users.acl'), await usersWithPasswords());
    server = await startRedis({ extraArgs: ['--aclfile', join(directory, 'users.acl')] });
    admin = as('admin');
    const settings = { ...names, redisUrl: urlOf('exec-agent'), port: 0, drainSeconds: 0 };
    const options = { connect: () => as('admin'), partsOf: scriptedParts({ output }) };
    deployment = await openDeployment(settings, {}, options);
    httpUrl = (await deployment.open()).httpUrl ?? '';
  });
  afterAll(async () => {
    await deployment?.close();
    for (const redis of connections) redis.disconnect();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('the agent: runs requests of every entry point without a refused command', async () => {
    expect(await deployment.run(shell('echo hi'))).toMatchObject(answered);
    const { redis } = deployment;
    await redis.xadd('exec-requests', '*', 'request', JSON.stringify(shell('echo hi', { correlation_id: 'stream' })));
    expect(await deployment.answerTo('stream')).toMatchObject(answered);
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify(shell('echo hi'));
    const submitted = await fetch(`${httpUrl}/v1/executions?wait=60`, { ...post, body });
    expect(submitted.status).toBe(200);
    const execution = submitted.headers.get('location') ?? '';
    await submitted.text();
    const paths = [
      `${execution}/logs`,
      '/v1/executions?state=finished',
      '/v1/stats',
      '/v1/agents',
      '/metrics',
      '/v1/audit',
    ];
    for (const path of paths) {
      const response = await fetch(`${httpUrl}${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      await response.text();
    }
    const deleted = await fetch(`${httpUrl}${execution}`, { method: 'DELETE' });
    expect(deleted.ok).toBe(true);
    await redis.xadd('exec-control', '*', 'control', JSON.stringify({ cancel: 'stream' }));
    expect(await becomesTrue(async () => (await redis.xlen('exec-control')) === 0, inTime)).toBe(true);
    expect(await refusals('exec-agent')).toEqual([]);
  });

  test('a sender: runs a request and reads its response, by message and by stream', async () => {
    const url = urlOf('exec-sender');
    const client = await createRedisClient({ url, responseChannel: 'exec-responses:sender' });
    try {
      expect(await client.run(JSON.parse(JSON.stringify(shell('echo hi'))))).toMatchObject(answered);
    } finally {
      await client.close();
    }
    const sender = as('exec-sender');
    const request = shell('echo hi', { correlation_id: 'sent', reply_to: 'exec-responses:sender' });
    await sender.xadd('exec-requests', '*', 'request', JSON.stringify(request));
    const reply = await sender.xread('BLOCK', inTime, 'STREAMS', 'exec-responses:sender', '0');
    expect(JSON.parse(reply?.[0]?.[1][0]?.[1][1] ?? '')).toMatchObject({ ...answered, correlation_id: 'sent' });
  });

  test('a monitor: lists, reads and follows executions', async () => {
    const id = (await deployment.run(shell('echo hi'))).execution_id;
    await expectMonitorToSee({ id, output: 'hi\n' }, { cwd: directory, env: { REDIS_URL: urlOf('exec-monitor') } });
    await as('exec-monitor').subscribe('exec-events', `exec-logs:${id}`);
    expect(await refusals('exec-monitor')).toEqual([]);
  });

  const ofNobody = [
    'flushall',
    'config get dir',
    'keys *',
    'scan 0',
    'acl list',
    'client list',

    'shutdown',
  ];
  const refused = {
    'exec-agent': [...ofNobody, 'get other', 'set exec:other 1', 'publish other x', 'subscribe other', 'psubscribe *'],
    'exec-sender': [
      ...ofNobody,
      ...['eval return(1) 0', 'evalsha x 0', 'hgetall {exec}:tokens', 'hget {exec}:execution:x plan', 'set {exec}:x 1'],
      ...['xrange exec-requests - +', 'xdel exec-requests 0-0', 'xadd exec-responses:sender * a b'],
      ...[
        'xrange exec-responses - +',
        'xrange exec-responses:other - +',
        'subscribe exec-responses',
        'subscribe exec-requests',
      ],
      ...[
        'publish exec-responses x',
        'publish exec-control x',
        'xadd exec-control * control x',
        'subscribe exec-events',
      ],
    ],
    'exec-monitor': [
      ...ofNobody,
      ...[
        'eval return(1) 0',
        'hgetall {exec}:tokens',
        'get {exec}:session:x',
        'set {exec}:paused 1',
        'del {exec}:agents',
      ],
      ...['xadd exec-requests * a b', 'publish exec-requests x', 'publish exec-control x', 'xrange exec-responses - +'],
      ...['hset {exec}:execution:x state finished', 'subscribe exec-responses'],
    ],
  };
  test.each(Object.entries(refused))('%s: is refused everything else', async (user, commands) => {
    const redis = as(user);
    const results = commands.map(async (line) => {
      const [command = '', ...args] = line.split(' ');
      return redis.call(command, ...args).then(
        () => `${line}: allowed`,
        (error: unknown) => (String(error).includes('NOPERM') ? 'NOPERM' : `${line}: ${String(error)}`),
      );
    });
    expect(await Promise.all(results)).toEqual(commands.map(() => 'NOPERM'));
  });

  test('doctor: finds nothing missing for the agent, and names each right that is', async () => {
    const { config } = deployment;
    const [check] = await checkRedis(config, { canStartOne: false });
    expect(check).toMatchObject({ name: 'REDIS_URL', state: 'ok' });
    const rules = ['on', '>pw', '~{exec}:*', '~exec-requests', '~exec-responses', '~exec-responses:*', '&*', '+@all'];
    await admin.acl('SETUSER', 'halfway', ...rules, '-zadd', '-xgroup', '-subscribe');
    const redisUrl = urlOf('halfway', 'pw');
    const [bad] = await checkRedis({ ...config, redisUrl }, { canStartOne: false });
    expect(bad).toMatchObject({
      state: 'bad',
      detail: 'the user of REDIS_URL lacks rights that an agent needs: +zadd +xgroup|create ~exec-control +subscribe',
      cure: expect.stringContaining('ACL SETUSER'),
    });
    await admin.acl('SETUSER', 'halfway', '+@all', 'resetchannels', 'resetkeys', '~*', '&exec-*');
    const [channels] = await checkRedis({ ...config, redisUrl }, { canStartOne: false });
    expect(channels?.detail).toMatch(/needs: &\{exec\}:\*$/);
    expect(await admin.exists('{exec}:doctor')).toBe(0);
  });

  /** What Redis refused a user, by its own log. */
  async function refusals(user: string): Promise<readonly string[]> {
    return refusalsOf([user], await admin.call('ACL', 'LOG'));
  }
});

test('users.acl: is written for the default names', () => {
  expect(configSchema.parse({})).toMatchObject(names);
});
