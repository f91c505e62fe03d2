import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Listed, ListFilter } from '../../src/queue/execution-queue.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { listExecutions } from '../../src/queue/records/list-executions.ts';
import { executionFactsOf } from '../../src/wire/live.ts';
import { planOf } from '../executions/example-plan.ts';
import { describeWith } from '../parts/require-part.ts';
import { createTestQueues, newDelivery, outcome } from './test-queue.ts';

const states = ['queued', 'running', 'finished'] as const;

interface Entry {
  readonly id: string;
  readonly submittedAt: number;
  readonly state: (typeof states)[number];
}

/** Puts records of those times and states into the indexes, without a wait for the clock. */
async function store(redis: Redis, prefix: string, entries: readonly Entry[]): Promise<void> {
  const keys = queueKeys(prefix);
  const pipeline = redis.pipeline();
  for (const { id, submittedAt, state } of entries) {
    const meta = JSON.stringify(executionFactsOf(planOf({ id })));
    pipeline.hset(keys.execution(id), { state, submitted: submittedAt, meta });
    pipeline.zadd(keys.index('all'), submittedAt, id);
    pipeline.zadd(keys.index(`state:${state}`), submittedAt, id);
  }
  await pipeline.exec();
}

/** The ids of all pages, in the order they come in. */
async function walk(redis: Redis, prefix: string, filter: ListFilter, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const query = { filter, page, agents: async () => [] };
    const { executions, next }: Listed = await listExecutions(redis, queueKeys(prefix), query);
    ids.push(...executions.map(({ id }) => id));
    cursor = next;
  } while (cursor !== undefined);
  return ids;
}

function newestFirst(entries: readonly Entry[]): readonly string[] {
  const inOrder = (a: Entry, b: Entry) => b.submittedAt - a.submittedAt || (a.id < b.id ? 1 : -1);
  return entries.toSorted(inOrder).map(({ id }) => id);
}

describeWith('redis', 'list', () => {
  let queues: ReturnType<typeof createTestQueues>;

  beforeAll(() => {
    queues = createTestQueues();
  });
  afterAll(() => queues.close());

  test('list: any states, times and limit give every entry once, newest first', async () => {
    const entry = fc.record({
      id: fc.uuid(),
      submittedAt: fc.integer({ min: 1, max: 12 }),
      state: fc.constantFrom(...states),
    });
    const entriesOf = fc.uniqueArray(entry, { selector: ({ id }) => id, maxLength: 30 });
    const chosen = fc.subarray([...states], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(entriesOf, chosen, fc.integer({ min: 1, max: 12 }), async (entries, asked, limit) => {
        const prefix = randomUUID();
        await store(queues.redis, prefix, entries);
        const expected = newestFirst(entries.filter(({ state }) => asked.includes(state)));
        expect(await walk(queues.redis, prefix, { states: asked }, limit)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('list: what an agent of an older version queued and finished is listed and counted with its tenant', async () => {
    const prefix = randomUUID();
    const queue = await queues.open(prefix);
    const failure = { code: 'TIMEOUT', message: 'too long' } as const;
    for (const tenant of ['t', 'other'])
      for (let count = 0; count < 5; count += 1) await queue.submit(planOf({ tenant }), newDelivery());
    for (let count = 0; count < 6; count += 1) {
      const taken = await queue.take();
      if (taken === undefined) throw new Error('nothing to take');
      await queue.finish(taken, count < 2 ? { ...outcome, failure } : outcome, undefined);
    }
    const keys = queueKeys(prefix);
    const period = { tenant: 't', since: 0, until: Date.now() + 60_000, parts: 1 };
    const counts = await queue.count(period);
    expect(counts).toMatchObject({ states: { queued: 2, finished: 3 }, codes: { OK: 2, TIMEOUT: 1 } });
    // An agent of an older version leaves nothing of its own in these, and what others left as it was.
    const stale = await queues.redis.zrange(keys.index('state:finished:t'), '0', '-1');
    for (const name of ['state:queued:t', 'state:finished:t', 'code:OK:t', 'code:TIMEOUT:t'])
      await queues.redis.del(keys.index(name));
    for (const id of stale) await queues.redis.zadd(keys.index('state:queued:t'), 1, id);
    const size = async (filter: ListFilter) =>
      (await queue.list({ tenant: 't', ...filter }, { limit: 100 })).executions.length;
    expect(await size({ states: ['queued'] })).toBe(2);
    expect(await size({ states: ['finished'] })).toBe(3);
    expect(await size({ codes: ['TIMEOUT'] })).toBe(1);
    expect(await size({ states: ['finished'], codes: ['OK'] })).toBe(2);
    expect(await queue.count(period)).toEqual(counts);
  });

  test('list: more entries than are read in one go, interleaved in several states, are all listed in order', async () => {
    const prefix = randomUUID();
    const entries = Array.from({ length: 700 }, (_, n) => ({
      id: randomUUID(),
      submittedAt: 1 + Math.floor(n / 3),
      state: states[(n * 7) % 5 === 0 ? 1 : n % 2 === 0 ? 0 : 2] ?? 'queued',
    }));
    await store(queues.redis, prefix, entries);
    expect(await walk(queues.redis, prefix, { states: [...states] }, 90)).toEqual(newestFirst(entries));
  });
});
