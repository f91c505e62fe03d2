import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { ExecError } from '../../src/support/exec-error.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { openDeployment, shell, type TestDeployment } from './open-test-agent.ts';
import { scriptedParts } from './scripted-parts.ts';
import type { Script } from './scripted-runtime.ts';

const inTime = 30_000;

describeWith('redis', 'agents on one Redis', () => {
  let deployment: TestDeployment;

  afterEach(() => deployment.close());

  async function open(script: Script, settings: Partial<Config> = {}) {
    deployment = await openDeployment(settings, {}, { partsOf: scriptedParts(script) });
  }

  const send = async (count: number, request = shell('true')) => {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) await deployment.publish({ ...request, correlation_id: id });
    return ids;
  };
  const agentsOf = async (ids: readonly string[]) => {
    const answers = await Promise.all(ids.map((id) => deployment.answerTo(id)));
    return answers.map(({ result }) => result?.metadata.agent);
  };

  test.each([
    'minFreeDisk',
    'minFreeMemory',
  ] as const)('that are short of what %s asks for take nothing', async (name) => {
    await open({});
    const short = await deployment.open({ [name]: Number.MAX_SAFE_INTEGER });
    const [waits = ''] = await send(1);
    const { redis, config } = deployment;
    const keys = queueKeys(config.keyPrefix);
    expect(await becomesTrue(async () => (await redis.zcard(keys.index('state:queued'))) === 1, inTime)).toBe(true);
    const entry = JSON.parse((await redis.hget(keys.agents, short.id)) ?? '');
    expect(entry.short).toMatch(/are wanted/);
    const well = await deployment.open();
    expect(new Set(await agentsOf([waits, ...(await send(10))]))).toEqual(new Set([well.id]));
  });

  test('a full runtime: an execution waits for room without using up an attempt, as long as it takes', async () => {
    const rounds = 15;
    const full = new ExecError('RUNTIME_UNAVAILABLE', 'no room', { context: { runtimeFull: true } });
    await open({ pullErrors: Array.from({ length: rounds }, () => full).values() });
    await deployment.open();
    const [id = ''] = await send(1, shell('true', { retry: { attempts: 2 } }));
    const { redis, config } = deployment;
    const keys = queueKeys(config.keyPrefix);
    for (let round = 0; round < rounds; round += 1) {
      let waiting: readonly string[] = [];
      const isPutBack = async () => {
        waiting = await redis.zrangebyscore(keys.delayed, 1, '+inf');
        return waiting.length === 1;
      };
      expect(await becomesTrue(isPutBack, inTime)).toBe(true);
      const [execution = ''] = waiting;
      expect(await redis.hmget(keys.execution(execution), 'attempts', 'put_back')).toEqual(['0', null]);
      await redis.zadd(keys.delayed, 'XX', 0, execution);
      await redis.publish(keys.wake, '');
    }
    expect(await deployment.answerTo(id)).toMatchObject({ success: true, result: { metadata: { attempt: 1 } } });
  });

  test('share the work by their free slots', async () => {
    await open({ runsUntilStopped: true }, { concurrency: 2, stopGrace: 0 });
    const [one, two] = [await deployment.open(), await deployment.open()];
    const ids = await send(4, shell('true', { timeout: 1.5 }));
    expect((await agentsOf(ids)).sort()).toEqual([one.id, one.id, two.id, two.id].sort());
  });

  test('answer QUEUE_FULL for what is more than may wait, and run the rest', async () => {
    await open({}, { queueMax: 2 });
    await deployment.open();
    const { redis, config } = deployment;
    const { paused, wake } = queueKeys(config.keyPrefix);
    await redis.set(paused, '1');
    const ids = await send(3);
    expect(await becomesTrue(() => deployment.answers.length === 1, inTime)).toBe(true);
    expect(deployment.answers).toMatchObject([{ success: false, error_code: 'QUEUE_FULL' }]);
    await redis.del(paused);
    await redis.publish(wake, '');
    await Promise.all(ids.map((id) => deployment.answerTo(id)));
    expect(deployment.answers.filter(({ success }) => success)).toHaveLength(2);
  });

  test('that stop finish what runs, and leave what waits to the others', async () => {
    await open({ runsUntilStopped: true }, { concurrency: 1, stopGrace: 0, drainSeconds: 30 });
    const first = await deployment.open();
    const ids = await send(2, shell('true', { timeout: 1 }));
    const { redis, config } = deployment;
    const running = queueKeys(config.keyPrefix).index('state:running');
    expect(await becomesTrue(async () => (await redis.zcard(running)) === 1, inTime)).toBe(true);
    await first.stop();
    expect(deployment.answers.map(({ result }) => result?.metadata.agent)).toEqual([first.id]);
    const second = await deployment.open();
    expect((await agentsOf(ids)).sort()).toEqual([first.id, second.id].sort());
  });

  test('try a failing command again where the request asks for it, and answer once', async () => {
    await open({ exit: { code: 7, reason: 'exited' } });
    await deployment.open();
    const [id = ''] = await send(1, shell('true', { retry: { attempts: 2, on: ['exit'] } }));
    expect(await deployment.answerTo(id)).toMatchObject({
      error_code: 'EXIT_NONZERO',
      result: { metadata: { attempt: 2 } },
    });
    expect(deployment.answers).toHaveLength(1);
  });

  test('with different labels: each runs what asks for its own, and a label of none is refused with those that exist', async () => {
    await open({});
    const [gpu, plain] = [await deployment.open({ labels: { gpu: 'a100' } }), await deployment.open()];
    const asking = (placement: object) => {
      return shell('true', { container: { image: 'alpine:latest', command: ['true'], placement } });
    };
    const onGpu = await send(5, asking({ gpu: 'a100', runtime: gpu.choice.runtime.name }));
    expect(new Set(await agentsOf(onGpu))).toEqual(new Set([gpu.id]));
    await gpu.stop();
    const [refused = ''] = await send(1, asking({ gpu: 'a100' }));
    expect(await deployment.answerTo(refused)).toMatchObject({
      success: false,
      error_code: 'INVALID_REQUEST',
      error: expect.stringMatching(/^container\.placement: no running agent has gpu=a100\. .*runtime=/),
    });
    const [anywhere = ''] = await send(1);
    expect(await agentsOf([anywhere])).toEqual([plain.id]);
  });
});
