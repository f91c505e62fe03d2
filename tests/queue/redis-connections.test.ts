import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { connectRedis } from '../../src/agent/redis/connect-redis.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { type DeploymentOptions, openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type DockerCertificates, makeDockerCertificates } from '../parts/docker/docker-certificates.ts';
import { becomesTrue } from '../parts/poll.ts';
import { findFreePort } from '../parts/processes/free-port.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { type RedisServer, startRedis } from '../parts/stores/redis.ts';
import { type SentinelGroup, startSentinelGroup } from '../parts/stores/sentinel.ts';

const inTime = 30_000;
const password = 'p@ss/w:rd';
const greeting = { output: [{ stream: 'stdout', text: 'hi\n' }] } as const;
const answered = { success: true, result: { output: 'hi\n' } };

describeWith('redis', 'an agent', () => {
  let directory = '';
  let certificates: DockerCertificates;
  let server: RedisServer | undefined;
  let deployment: TestDeployment | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'redis-connections-'));
    certificates = await makeDockerCertificates(directory);
  });
  afterEach(async () => {
    await deployment?.close();
    await server?.stop();
    [deployment, server] = [undefined, undefined];
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const open = (redisUrl: string, settings: object, connect: () => Redis) =>
    openDeployment({ redisUrl, ...settings }, {}, { connect, partsOf: scriptedParts(greeting) });

  /** It can only be spoken to over TLS; returns its URL. */
  async function startWithTls(): Promise<string> {
    const port = await findFreePort();
    const file = (name: string) => join(certificates.server, name);
    const files = ['--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem')];
    const trust = ['--tls-ca-cert-file', file('ca.pem'), '--tls-auth-clients', 'no'];
    server = await startRedis({ extraArgs: ['--port', '0', '--tls-port', String(port), ...files, ...trust] });
    return `rediss://127.0.0.1:${port}`;
  }

  const connect = (url: string, ca?: string) =>
    connectRedis({ url, ca, name: 'test', connectMs: 1000, logger: createSilentLogger() });

  test('serves a Redis over TLS whose authority it was given', async () => {
    const url = await startWithTls();
    const redisCaFile = join(certificates.client, 'ca.pem');
    const ca = await readFile(redisCaFile, 'utf8');
    deployment = await open(url, { redisCaFile }, () => new Redis(url, { tls: { ca } }));
    await deployment.open();
    expect(await deployment.run(shell('echo hi'))).toMatchObject(answered);
  });

  test('does not trust a Redis over TLS whose authority it does not know', async () => {
    const url = await startWithTls();
    await expect(connect(url)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/self-signed certificate|unable to/),
    });
  });

  test('logs in with the user and the password of the URL', async () => {
    const rule = `user someone on >${password} ~* &* +@all`;
    server = await startRedis({ extraArgs: ['--requirepass', 'another', '--user', ...rule.split(' ').slice(1)] });
    const { port } = server;
    const url = `redis://someone:${encodeURIComponent(password)}@127.0.0.1:${port}`;
    deployment = await open(url, {}, () => new Redis(port, { username: 'someone', password }));
    await deployment.open();
    expect(await deployment.run(shell('echo hi'))).toMatchObject(answered);
  });

  test('says that the password is wrong without saying the password', async () => {
    server = await startRedis({ extraArgs: ['--requirepass', 'another'] });
    const refused = connect(`redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`);
    await expect(refused).rejects.toThrow(/WRONGPASS/);
    await expect(refused).rejects.not.toThrow(/p%40ss|p@ss/);
  });

  describe('of a Redis with sentinels', () => {
    let group: SentinelGroup;

    beforeAll(async () => {
      group = await startSentinelGroup('mymaster', password);
    });
    afterAll(() => group.stop());

    test('finds the master, and the new one after the old one was killed', async () => {
      const url = `redis+sentinel://:${encodeURIComponent(password)}@127.0.0.1:${group.port}/mymaster`;
      const sentinels = [{ host: '127.0.0.1', port: group.port }];
      const ours = await open(url, {}, () => comingBack(new Redis({ sentinels, name: 'mymaster', password })));
      deployment = ours;
      await ours.open();
      expect(await ours.run(shell('echo hi'))).toMatchObject(answered);
      await group.master.kill();
      // What is published before a new master is there is lost, so it is published again until a subscriber receives it.
      const isHeard = async () =>
        (await ours.redis.publish(ours.config.requestChannel, JSON.stringify(shell('x')))) > 0;
      expect(await becomesTrue(isHeard, inTime)).toBe(true);
      const hearsAnswers = async () => Number((await ours.redis.pubsub('NUMSUB', ours.config.responseChannel))[1]) > 0;
      expect(await becomesTrue(hearsAnswers, inTime)).toBe(true);
      expect(await ours.run(shell('echo hi'))).toMatchObject(answered);
      const id = `after-${group.port}`;
      await ours.redis.xadd(
        ours.config.requestChannel,
        '*',
        'request',
        JSON.stringify(shell('x', { correlation_id: id })),
      );
      expect(await ours.answerTo(id)).toMatchObject(answered);
    });
  });
});

describeWith(['redis', 'docker', 'oci'], 'while Redis is away', () => {
  /** A Redis that can be killed and started again, and a deployment on it. */
  async function open({ onTestFinished }: TestContext, settings: Partial<Config>, options: DeploymentOptions = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'redis-away-'));
    let server = await startRedis({ directory, appendOnly: true });
    const { url, port } = server;
    const connect = () => comingBack(new Redis(url, { maxRetriesPerRequest: null }));
    const deployment = await openDeployment({ redisUrl: url, ...settings }, {}, { connect, ...options });
    onTestFinished(async () => {
      await deployment.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    });
    return {
      deployment,
      killRedis: () => server.kill(),
      async startRedisAgain() {
        server = await startRedis({ directory, appendOnly: true, port });
      },
    };
  }

  test.concurrent.for([
    'docker',
    'oci',
  ] as const)('a container on %s goes on and is answered later', async (runtime, context) => {
    const { deployment, killRedis, startRedisAgain } = await open(context, { runtime });
    await deployment.open();
    const { redis, config } = deployment;
    const script = 'echo begun; echo > /workspace/output/begun; sleep 1; echo ended; echo > /workspace/output/ended';
    const request = JSON.stringify(shell(script, { output: { expected_files: ['ended'] } }));
    await redis.xadd(config.requestChannel, '*', 'request', request);
    const hasWritten = async (name: string) =>
      (await runCommand('find', join(config.dataDir, 'work'), '-name', name)) !== '';
    expect(await becomesTrue(() => hasWritten('begun'), inTime)).toBe(true);
    await killRedis();
    expect(await becomesTrue(() => hasWritten('ended'), inTime)).toBe(true);
    await startRedisAgain();
    const answers = () => redis.xrange(config.responseChannel, '-', '+');
    expect(await becomesTrue(async () => (await answers()).length > 0, inTime)).toBe(true);
    const [entry] = await answers();
    expect(JSON.parse(entry?.[1][1] ?? '')).toMatchObject({
      success: true,
      result: { output: 'begun\nended\n', output_files: [{ name: 'ended' }] },
    });
  });

  test.concurrent('an agent that is asked to stop does so', async (context) => {
    const partsOf = scriptedParts({ runsUntilStopped: true });
    const { deployment, killRedis } = await open(context, { drainSeconds: 0 }, { partsOf });
    const agent = await deployment.open();
    const { redis, config } = deployment;
    await redis.xadd(config.requestChannel, '*', 'request', JSON.stringify(shell('sleep 60')));
    const runs = async () => (await redis.zcard(queueKeys(config.keyPrefix).index('state:running'))) === 1;
    expect(await becomesTrue(runs, inTime)).toBe(true);
    await killRedis();
    await agent.stop();
  });
});

/** A connection whose errors are no news: it comes back. */
function comingBack(redis: Redis): Redis {
  return redis.on('error', () => undefined);
}
