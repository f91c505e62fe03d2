import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { ExecutionQueue } from '../../src/queue/execution-queue.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import type { SetAside } from '../../src/queue/queue-options.ts';
import type { Outcome } from '../../src/wire/record/record.ts';
import { planOf } from '../executions/example-plan.ts';
import { describeWith } from '../parts/require-part.ts';
import { useRedis } from '../parts/stores/use-redis.ts';

const connect = useRedis();

interface Bench {
  readonly redis: Redis;
  readonly queue: ExecutionQueue;
  readonly keys: ReturnType<typeof queueKeys>;
  readonly aside: readonly SetAside[];
}

async function openBench({ redis, subscriber }: { readonly redis: Redis; readonly subscriber: Redis }): Promise<Bench> {
  const prefix = randomUUID();
  const aside: SetAside[] = [];
  const queue = await openQueue({
    redis,
    subscriber,
    prefix,
    agent: 'one',
    home: 'here',
    events: `${prefix}-events`,
    leaseMs: 1,
    limits: {
      retentionMs: 1,
      retained: 1000,
      protectedMs: 1,
      maxWaiting: 1000,
      agingMs: 30_000,
      echoMs: 5000,
      maxAttempts: 2,
      answersKept: 100,
      liveLogMs: 1000,
    },
    onSetAside: (record) => aside.push(record),
  });
  return { redis, queue, keys: queueKeys(prefix), aside };
}

const outcome: Outcome = { steps: [], output: 'done', phases: {}, warnings: [], startedAt: 1, finishedAt: 2 };
const answer = { channel: 'unreadable-test', text: 'answer' };
const handles = { sandbox: {}, container: { b: 2 }, step: 0, steps: [], startedAt: 1, deadline: 3 };
const newDelivery = () => ({ fingerprint: randomUUID(), windowMs: 60_000 });

async function runOne(queue: ExecutionQueue, id: string): Promise<boolean> {
  const assignment = await queue.take();
  expect(assignment?.plan.id).toBe(id);
  return assignment !== undefined && queue.finish(assignment, outcome, answer);
}

/** Until nothing of the damaged execution is left in the lists, as agents do again and again. */
async function reconcile({ queue }: Bench): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await queue.held();
    await queue.expire();
    for (let next = await queue.take(); next !== undefined; next = await queue.take())
      await queue.finish(next, outcome, answer);
    await queue.upcoming(10);
    await queue.list({}, { limit: 10 });
    await queue.purge();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const always = ['version', 'state', 'plan', 'meta', 'submitted', 'score', 'fence', 'attempts', 'indexes', 'tenant'];
const fields = [...always, 'placement'];
const junk = ['', '{', 'x\n\0', '[]', undefined];
const stages = ['queued', 'staging', 'running', 'finished'] as const;

describeWith('redis', 'a record that cannot be read', () => {
  test('text that Lua cannot decode: finishes, frees the quota and is purged', async () => {
    const bench = await openBench({ redis: connect(), subscriber: connect() });
    const { queue, redis, keys } = bench;
    const text = 'a\ud800';
    const plan = planOf({ correlationId: text, name: text, tags: { [text]: text } });
    await queue.submit(plan, newDelivery());
    expect(await queue.countOpen('t')).toBe(1);
    expect(await runOne(queue, plan.id)).toBe(true);
    expect(await queue.countOpen('t')).toBe(0);
    await reconcile(bench);
    expect(await redis.exists(keys.execution(plan.id))).toBe(0);
    expect(bench.aside).toEqual([]);
  });

  for (const stage of stages) {
    test(`damaged while ${stage}: blocks no other execution and leaves nothing in a list`, async () => {
      const connections = { redis: connect(), subscriber: connect() };
      for (const field of fields) {
        for (const value of junk) {
          const bench = await openBench(connections);
          const { queue, redis, keys } = bench;
          const plan = planOf({ name: 'n', tags: { a: 'b' }, correlationId: 'c' });
          await queue.submit(plan, newDelivery());
          const taken = stage === 'queued' ? undefined : await queue.take();
          if (taken !== undefined && stage === 'running') await queue.keep(taken, { state: 'running', ...handles });
          if (taken !== undefined && stage === 'finished') await queue.finish(taken, outcome, answer);
          const key = keys.execution(plan.id);
          if (value === undefined) await redis.hdel(key, field);
          else await redis.hset(key, field, value);
          const what = `${stage} ${field} ${JSON.stringify(value)}`;
          const other = planOf({ tenant: 'other', priority: 100 });
          await queue.submit(other, newDelivery());
          await reconcile(bench).catch((cause: unknown) => {
            throw new Error(what, { cause });
          });
          const lists = [
            keys.waiting,
            keys.flow('', 't'),
            keys.delayed,
            keys.finished,
            keys.index('all'),
            keys.index('open:t'),
          ];
          if (stage !== 'running' || bench.aside.length > 0)
            for (const list of lists) expect(await redis.zscore(list, plan.id), `${what} ${list}`).toBeNull();
          expect(await queue.countOpen('other'), what).toBe(0);
          for (const record of bench.aside) expect(record, what).toMatchObject({ id: plan.id });
        }
      }
    });
  }

  test('a plan that is not JSON: is set aside, kept as it was, and named with its correlation id', async () => {
    const bench = await openBench({ redis: connect(), subscriber: connect() });
    const { queue, redis, keys } = bench;
    const [bad, good] = [planOf({ correlationId: 'mine' }), planOf()];
    await queue.submit(bad, newDelivery());
    await queue.submit(good, newDelivery());
    await redis.hset(keys.execution(bad.id), 'plan', '{"version":');
    expect((await queue.take())?.plan.id).toBe(good.id);
    expect(bench.aside).toMatchObject([{ id: bad.id, tenant: 't', correlationId: 'mine', isFinished: false }]);
    expect(bench.aside[0]?.problem).toContain('plan');
    expect(await queue.countOpen('t')).toBe(1);
  });
});
