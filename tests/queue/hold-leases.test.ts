import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, type TestContext, test } from 'vitest';
import { createAgentId, readHome } from '../../src/agent/agent-identity.ts';
import { configSchema } from '../../src/agent/config/config-schema.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { holdLeases } from '../../src/queue/hold-leases.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { deferred } from '../../src/support/time/deferred.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { channelsOf } from '../agent/channels-of.ts';
import { planOf } from '../executions/example-plan.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { createTestQueues, newDelivery } from './test-queue.ts';

const inTime = 30_000;
const leaseMs = 60_000;
const handles = { sandbox: {}, container: {}, step: 0, steps: [], startedAt: 1, deadline: 3 };
/** No process has that number. */
const deadAgent = `${hostname()}/999999999/1/abc`;

async function open({ onTestFinished }: TestContext, prefix = randomUUID()) {
  const queues = createTestQueues();
  const dataDir = await mkdtemp(join(tmpdir(), 'hold-leases-'));
  onTestFinished(async () => {
    queues.close();
    await rm(dataDir, { recursive: true });
  });
  const { redis } = queues;
  const keys = queueKeys(prefix);
  return {
    prefix,
    dataDir,
    redis,
    keys,
    open: (holder: { readonly agent: string; readonly home: string }) => queues.open(prefix, holder),
    /** An execution of that agent with a container; its lease has run out. */
    async leaveRunning(holder: { readonly agent: string; readonly home: string }) {
      const queue = await queues.open(prefix, holder);
      const plan = planOf();
      await queue.submit(plan, newDelivery());
      const taken = await queue.take();
      if (taken === undefined) throw new Error('nothing to take');
      await queue.keep(taken, { state: 'running', ...handles });
      await redis.zadd(keys.leases, 1, plan.id);
      return plan.id;
    },
    isLeased: async (id: string) => Number(await redis.zscore(keys.leases, id)) > 1,
    hold: (longestMs: number) =>
      holdLeases({ redis, prefix, leaseMs, longestMs, isHeldFor: async ({ agent }) => agent === deadAgent }),
  };
}

describeWith('redis', 'leases of an agent that starts again', () => {
  test('an agent that is still starting holds what its predecessor ran, and nothing else', async (context) => {
    const name = randomUUID();
    const { dataDir, leaveRunning, isLeased } = await open(context, name);
    const [home, otherRuntime] = [await readHome(dataDir, 'oci'), await readHome(dataDir, 'docker')];
    const own = await leaveRunning({ agent: deadAgent, home });
    const others = [
      await leaveRunning({ agent: await createAgentId(), home }),
      await leaveRunning({ agent: deadAgent, home: 'elsewhere/oci' }),
      await leaveRunning({ agent: deadAgent, home: otherRuntime }),
    ];
    const runtime = deferred<never>();
    const config = configSchema.parse({
      ...channelsOf(name),
      redisUrl: inject('redisUrl'),
      runtime: 'oci',
      keyPrefix: name,
      dataDir,
      port: 'off',
    });
    const opening = openAgent(config, { logger: createSilentLogger() }, () => runtime.promise).catch(String);
    expect(await becomesTrue(() => isLeased(own), inTime)).toBe(true);
    expect(await Promise.all(others.map(isLeased))).toEqual([false, false, false]);
    runtime.reject(new Error('no runtime'));
    expect(await opening).toContain('no runtime');
  });

  test('an agent that never gets there holds nothing any more after a while', async (context) => {
    const { redis, keys, leaveRunning, isLeased, hold } = await open(context);
    const id = await leaveRunning({ agent: deadAgent, home: 'here' });
    expect(await hold(leaseMs)).toBe(1);
    expect(await isLeased(id)).toBe(true);
    await redis.zadd(keys.leases, 1, id);
    expect(await hold(-1)).toBe(0);
    expect(await isLeased(id)).toBe(false);
  });

  test('a record that cannot be read keeps no other one from being held', async (context) => {
    const { redis, keys, leaveRunning, isLeased, hold } = await open(context);
    const holder = { agent: deadAgent, home: 'here' };
    const [damaged, id] = [await leaveRunning(holder), await leaveRunning(holder)];
    await redis.set(keys.execution(damaged), 'damaged');
    expect(await hold(leaseMs)).toBe(1);
    expect([await isLeased(damaged), await isLeased(id)]).toEqual([false, true]);
  });

  test('another attempt is held anew, and what has ended or waits is not held', async (context) => {
    const { open: openQueue, leaveRunning, hold } = await open(context);
    const holder = { agent: deadAgent, home: 'here' };
    const queue = await openQueue(holder);
    await leaveRunning(holder);
    expect(await hold(leaseMs)).toBe(1);
    const [lost] = await queue.held();
    const adopted = lost && (await queue.adopt(lost));
    if (adopted === undefined) throw new Error('nothing to adopt');
    expect(await hold(-1)).toBe(0);
    expect(await hold(leaseMs)).toBe(1);
    await queue.requeue(adopted, 0, 'again');
    expect(await hold(leaseMs)).toBe(0);
  });
});
