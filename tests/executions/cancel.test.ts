import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { createRedisClient } from '../../src/client/redis/create-redis-client.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { deferred } from '../../src/support/time/deferred.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import type { Script } from '../agent/scripted-runtime.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const inTime = 30_000;

interface Case {
  readonly state: string;
  readonly script: Script;
  /** Which of the queue's indexes tells that it has come so far. */
  readonly index: 'queued' | 'delayed' | 'staging' | 'running' | 'collecting';
  readonly request?: object;
  readonly paused?: true;
}

const failing: Script = { exit: { code: 1, reason: 'exited' } };
const retried = { retry: { attempts: 2, on: ['exit'] } };

const cases: readonly Case[] = [
  { state: 'waits', script: {}, index: 'queued', paused: true },
  { state: 'waits for its next attempt', script: failing, index: 'delayed', request: retried },
  { state: 'brings its image', script: { hangsIn: 'pull' }, index: 'staging' },
  { state: 'brings its inputs', script: { hangsIn: 'stage' }, index: 'staging' },
  { state: 'runs', script: { runsUntilStopped: true }, index: 'running' },
];

describeWith('redis', 'an execution that is canceled', () => {
  let deployment: TestDeployment;

  afterEach(() => deployment.close());

  async function begin({ script, index, request, paused }: Case) {
    deployment = await openDeployment({}, {}, { partsOf: scriptedParts(script) });
    const { redis, config } = deployment;
    const keys = queueKeys(config.keyPrefix);
    await deployment.open();
    if (paused) await redis.set(keys.paused, '1');
    const id = randomUUID();
    await deployment.publish(shell('true', { correlation_id: id, ...request }));
    const key = index === 'delayed' ? keys.delayed : keys.index(`state:${index}`);
    expect(await becomesTrue(async () => (await redis.zcard(key)) === 1, inTime)).toBe(true);
    const [executionId = ''] = await redis.zrange(key, '0', '-1');
    return { id, executionId };
  }

  async function cancel(id: string): Promise<void> {
    await deployment.redis.publish(deployment.config.controlChannel, JSON.stringify({ cancel: id }));
  }

  async function expectOneAnswer(id: string): Promise<void> {
    expect(await deployment.answerTo(id)).toMatchObject({ success: false, error_code: 'CANCELED' });
    // A subscriber that receives this message has received all earlier ones.
    await deployment.publish('no JSON');
    const isHeard = () => deployment.answers.some(({ correlation_id: of }) => of === null);
    expect(await becomesTrue(isHeard, inTime)).toBe(true);
    expect(deployment.answers.filter(({ correlation_id: of }) => of === id)).toHaveLength(1);
  }

  for (const each of cases) {
    test(`while it ${each.state} is answered once, by either id, however often it is asked`, async () => {
      const { id, executionId } = await begin(each);
      await cancel(executionId);
      await cancel(id);
      await cancel(id);
      await expectOneAnswer(id);
    });
  }

  const toStream = (id: string) =>
    deployment.redis.xadd(deployment.config.controlChannel, '*', 'control', JSON.stringify({ cancel: id }));

  for (const each of cases) {
    test(`while it ${each.state} is answered once when the cancel comes through the stream alone`, async () => {
      const { id } = await begin(each);
      await toStream(id);
      await expectOneAnswer(id);
      const isDone = async () => (await deployment.redis.xlen(deployment.config.controlChannel)) === 0;
      expect(await becomesTrue(isDone, inTime)).toBe(true);
    });
  }

  test('while no agent listens is answered by the next one', async () => {
    deployment = await openDeployment({}, {}, { partsOf: scriptedParts() });
    const { redis, config } = deployment;
    const keys = queueKeys(config.keyPrefix);
    await redis.set(keys.paused, '1');
    const agent = await deployment.open();
    const id = randomUUID();
    await deployment.publish(shell('true', { correlation_id: id }));
    expect(await becomesTrue(async () => (await redis.zcard(keys.index('state:queued'))) === 1, inTime)).toBe(true);
    await agent.stop();
    const { controlChannel } = config;
    const client = await createRedisClient({ url: inject('redisUrl'), controlChannel });
    await client.cancel(id);
    await client.close();
    await deployment.open();
    await expectOneAnswer(id);
  });

  test('by another agent than the one that runs it is answered', async () => {
    const { id } = await begin({ state: 'runs', script: { runsUntilStopped: true }, index: 'running' });
    await deployment.open();
    // Each agent reads some of the entries.
    for (let entry = 0; entry < 10; entry += 1) await toStream('of nobody');
    await toStream(id);
    await expectOneAnswer(id);
  });

  test('before its request has come is answered when it has', async () => {
    deployment = await openDeployment({ leaseSeconds: 5 }, {}, { partsOf: scriptedParts({ runsUntilStopped: true }) });
    await deployment.open();
    const id = randomUUID();
    await toStream(id);
    const isRead = async () => {
      const { controlChannel } = deployment.config;
      return (await deployment.redis.xpending(controlChannel, 'exec-agents'))[0] === 1;
    };
    expect(await becomesTrue(isRead, inTime)).toBe(true);
    await deployment.publish(shell('true', { correlation_id: id }));
    expect(await deployment.answerTo(id)).toMatchObject({ success: false, error_code: 'CANCELED' });
  });

  test.each([
    { ends: 'well', script: {}, warned: [] },
    { ends: 'with an error', script: failing, warned: [expect.stringContaining('code 1')] },
  ])('after its command ended $ends, before its outcome is recorded, is answered as canceled', async (given) => {
    const marked = deferred();
    const script = { ...given.script, onCollect: () => marked.promise };
    const { id, executionId } = await begin({ state: 'collects', script, index: 'collecting' });
    const { redis, config } = deployment;
    // The mark alone: no message reaches the agent before it records the outcome.
    await redis.hset(queueKeys(config.keyPrefix).execution(executionId), 'cancel', 1);
    marked.resolve();
    await expectOneAnswer(id);
    const record = await redis.hgetall(queueKeys(config.keyPrefix).execution(executionId));
    expect(record).toMatchObject({ state: 'finished', code: 'CANCELED' });
    expect(JSON.parse(record.outcome ?? '')).toMatchObject({ steps: [{ exit: {} }], warnings: given.warned });
  });

  test('when it has finished stays as it was', async () => {
    deployment = await openDeployment({}, {}, { partsOf: scriptedParts() });
    await deployment.open();
    const answer = await deployment.run(shell('true'));
    await cancel(answer.execution_id);
    await cancel('of nobody');
    expect(await deployment.run(shell('true'))).toMatchObject({ success: true });
    expect(deployment.answers.filter(({ execution_id: id }) => id === answer.execution_id)).toEqual([answer]);
  });
});
