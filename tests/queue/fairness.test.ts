import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Assignment, ExecutionQueue } from '../../src/queue/execution-queue.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { planOf } from '../executions/example-plan.ts';
import { describeWith } from '../parts/require-part.ts';
import { startRedis } from '../parts/stores/redis.ts';
import { createQueueModel } from './queue-model.ts';
import { announcer, createTestQueues, newDelivery, outcome } from './test-queue.ts';

async function submitMany(queue: ExecutionQueue, tenant: string, count: number): Promise<void> {
  const lot = 500;
  for (let sent = 0; sent < count; sent += lot) {
    const plans = Array.from({ length: Math.min(lot, count - sent) }, () => planOf({ tenant }));
    await Promise.all(queue.atOnce(() => plans.map((plan) => queue.submit(plan, newDelivery()))));
  }
}

async function takeTenants(queue: ExecutionQueue, count: number): Promise<readonly (string | undefined)[]> {
  const tenants: (string | undefined)[] = [];
  for (let taken = 0; taken < count; taken += 1) tenants.push((await queue.take())?.plan.tenant);
  return tenants;
}

const handles = { sandbox: {}, container: {}, step: 0, steps: [], deadline: 3 };

const countOf = (tenants: readonly unknown[], tenant: string) => tenants.filter((each) => each === tenant).length;

describeWith('redis', 'queue fairness', () => {
  let queues: ReturnType<typeof createTestQueues>;

  beforeAll(() => {
    queues = createTestQueues();
  });
  afterAll(() => queues.close());

  test('a small tenant: waits for at most two executions of one with 10,000 requests', async () => {
    const queue = await queues.open(randomUUID());
    await submitMany(queue, 'big', 10_000);
    await takeTenants(queue, 50);
    await submitMany(queue, 'small', 10);
    const taken = await takeTenants(queue, 40);
    expect(countOf(taken, 'small')).toBe(10);
    const waits = taken
      .flatMap((tenant, at) => (tenant === 'small' ? [at] : []))
      .map((at, nth, all) => at - 1 - (all[nth - 1] ?? -1));
    expect(Math.max(...waits)).toBeLessThanOrEqual(2);
    const oneByOne: number[] = [];
    for (let nth = 0; nth < 10; nth += 1) {
      await submitMany(queue, 'small', 1);
      let wait = 0;
      while ((await queue.take())?.plan.tenant !== 'small') wait += 1;
      oneByOne.push(wait);
    }
    expect(Math.max(...oneByOne)).toBeLessThanOrEqual(2);
  });

  test('weights: tenants that wait share the takes by them, and those without one have 1', async () => {
    const queue = await queues.open(randomUUID(), { weights: { 'a.b-c': 3, half: 0.5 } });
    for (const tenant of ['a.b-c', 'half', 'other']) await submitMany(queue, tenant, 100);
    const taken = await takeTenants(queue, 90);
    expect([countOf(taken, 'a.b-c'), countOf(taken, 'other'), countOf(taken, 'half')]).toEqual([60, 20, 10]);
  });

  test('a tenant that stays away: gets no turns for the time', async () => {
    const queue = await queues.open(randomUUID());
    await submitMany(queue, 'late', 1);
    await submitMany(queue, 'busy', 200);
    await takeTenants(queue, 100);
    await submitMany(queue, 'late', 50);
    expect(countOf(await takeTenants(queue, 40), 'late')).toBe(20);
  });

  test('a tenant that comes and goes: cannot jump the turns that it has used', async () => {
    const queue = await queues.open(randomUUID());
    await submitMany(queue, 'busy', 100);
    const taken: (string | undefined)[] = [];
    for (let round = 0; round < 20; round += 1) {
      await submitMany(queue, 'hasty', 1);
      taken.push(...(await takeTenants(queue, 1)));
    }
    expect(countOf(taken, 'hasty')).toBe(10);
  });

  test('priority: orders the requests of one tenant, and moves none ahead of another tenant', async () => {
    const queue = await queues.open(randomUUID());
    for (const priority of [0, 100, 50]) await queue.submit(planOf({ tenant: 'a', priority }), newDelivery());
    for (const priority of [0, 0, 0]) await queue.submit(planOf({ tenant: 'b', priority }), newDelivery());
    const taken: string[] = [];
    for (let next = await queue.take(); next !== undefined; next = await queue.take())
      taken.push(`${next.plan.tenant}${next.plan.priority}`);
    expect(taken).toEqual(['a100', 'b0', 'a50', 'b0', 'a0', 'b0']);
  });

  test('take: asks Redis for as much with 3000 requests of 30 tenants as with 60', async () => {
    const server = await startRedis();
    const alone = createTestQueues(server.url);
    try {
      const calls = async () => {
        const stats = await alone.redis.info('commandstats');
        return [...stats.matchAll(/:calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      };
      const callsOfTake = async (each: number) => {
        const queue = await alone.open(randomUUID());
        for (let tenant = 0; tenant < 30; tenant += 1) await submitMany(queue, `t${tenant}`, each);
        await queue.take();
        const before = await calls();
        await queue.take();
        return (await calls()) - before;
      };
      const [few, many] = [await callsOfTake(2), await callsOfTake(100)];
      expect(few).toBeGreaterThan(10);
      expect(many).toBe(few);
    } finally {
      alone.close();
      await server.stop();
    }
  });

  test('requests that an older agent queued or put back: are taken in their order, with the other tenants', async () => {
    const prefix = randomUUID();
    const keys = queueKeys(prefix);
    const queue = await queues.open(prefix);
    const plans = Array.from({ length: 150 }, () => planOf({ tenant: 'old' }));
    const { redis } = queues;
    for (const plan of plans) {
      await queue.submit(plan, newDelivery());
      const key = keys.execution(plan.id);
      const score = (await redis.hget(key, 'score')) ?? '';
      await redis.hdel(key, 'placement');
      await redis.zadd(keys.waiting, score, plan.id);
    }
    await redis.del(keys.flow('', 'old'), keys.tenants(''), keys.placements);
    expect(await queue.depths()).toMatchObject({ waiting: 150 });
    await submitMany(queue, 'new', 5);
    const taken: string[] = [];
    for (let next = await queue.take(); next !== undefined; next = await queue.take())
      if (next.plan.tenant === 'old') taken.push(next.plan.id);
      else expect(taken.length).toBeLessThanOrEqual(5);
    expect(taken).toEqual(plans.map(({ id }) => id));
  });

  test('upcoming: names what is taken next, in that order', async () => {
    const queue = await queues.open(randomUUID(), { weights: { a: 2 } });
    for (const tenant of ['a', 'b', 'c']) await submitMany(queue, tenant, 4);
    await takeTenants(queue, 2);
    const upcoming = (await queue.upcoming(5)).map(({ tenant }) => tenant);
    expect(countOf(upcoming, 'a')).toBe(countOf(await takeTenants(queue, 5), 'a'));
    const rest = await queue.upcoming(20);
    expect(rest).toHaveLength(5);
    const taken = await takeTenants(queue, 5);
    expect(taken.toSorted()).toEqual(rest.map(({ tenant }) => tenant).toSorted());
  });

  test('place: says how many are taken before, of its own tenant and of others', async () => {
    const weights = { a: 2, b: 1, c: 0.5 };
    const request = fc.record({ tenant: fc.constantFrom('a', 'b', 'c', 'd'), priority: fc.constantFrom(0, 50) });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 25 }), fc.nat(12), async (requests, taken) => {
        const queue = await queues.open(randomUUID(), { weights });
        const plans = requests.map((each) => planOf(each));
        for (const plan of plans) await queue.submit(plan, newDelivery());
        await takeTenants(queue, Math.min(taken, plans.length));
        const places = new Map<string, number | undefined>();
        for (const { id } of plans) places.set(id, (await queue.placeOf(id))?.ahead);
        const order: string[] = [];
        for (let next = await queue.take(); next !== undefined; next = await queue.take()) order.push(next.plan.id);
        for (const { id } of plans) expect(places.get(id)).toBe(order.includes(id) ? order.indexOf(id) : undefined);
      }),
      { numRuns: 40 },
    );
  });

  test('place: an estimate comes from what ran last; a pause and a delay are said', async () => {
    const queue = await queues.open(randomUUID());
    const plans = Array.from({ length: 4 }, () => planOf({ tenant: 'a' }));
    const [first, second, third, fourth] = plans.map(({ id }) => id);
    for (const plan of plans) await queue.submit(plan, newDelivery());
    expect(await queue.placeOf(third ?? '')).toEqual({ ahead: 2, isLeast: false, isPaused: false });
    const one = await queue.take();
    const two = await queue.take();
    if (one === undefined || two === undefined) throw new Error('nothing was taken');
    expect(await queue.placeOf(first ?? '')).toBeUndefined();
    expect(await queue.placeOf(third ?? '')).not.toHaveProperty('estimatedStartAt');
    const before = Date.now();
    await queue.keep(one, { state: 'running', ...handles, startedAt: before });
    await queue.finish(one, outcome, undefined);
    expect(await queue.placeOf(third ?? '')).toMatchObject({ ahead: 0, estimatedStartAt: expect.any(Number) });
    expect((await queue.placeOf(fourth ?? ''))?.estimatedStartAt).toBeGreaterThanOrEqual(before);
    await queue.pause();
    expect(await queue.placeOf(fourth ?? '')).toMatchObject({ ahead: 1, isPaused: true });
    await queue.requeue(two, 60_000, 'again');
    const place = await queue.placeOf(second ?? '');
    expect(place?.notBefore).toBeGreaterThan(Date.now());
  });

  test('place: looks at a bounded number of tenants', async () => {
    const queue = await queues.open(randomUUID());
    const plans = Array.from({ length: 1000 }, (_, index) => planOf({ tenant: `t${index}` }));
    await Promise.all(queue.atOnce(() => plans.map((plan) => queue.submit(plan, newDelivery()))));
    await takeTenants(queue, 1);
    const last = planOf({ tenant: 'zz' });
    await queue.submit(last, newDelivery());
    const place = await queue.placeOf(last.id);
    expect(place?.isLeast).toBe(true);
    expect(place?.ahead).toBeGreaterThan(100);
    expect(place?.ahead).toBeLessThan(1000);
  });

  test('any sequence of requests, takes and cancels: gives what a model of fair queueing gives', async () => {
    const agents = [{}, { gpu: 'x' }, { gpu: 'x', zone: '1' }];
    const weights = { a: 3, b: 1, c: 0.5 };
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('submit' as const),
          tenant: fc.constantFrom('a', 'b', 'c'),
          placement: fc.constantFrom<Record<string, string>[]>(
            {},
            { gpu: 'x' },
            { zone: '1' },
            { zone: '1', gpu: 'x' },
          ),
          priority: fc.constantFrom(0, 50),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), agent: fc.nat(agents.length - 1) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'put back' as const), nth: fc.nat(20) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const prefix = randomUUID();
        const open = await Promise.all(agents.map((labels) => queues.open(prefix, { labels, weights })));
        const [queue] = open;
        const { announce } = announcer(queues.redis, prefix);
        for (const [n, labels] of agents.entries()) await announce(`${n}`, labels);
        const model = createQueueModel(weights);
        const held: { readonly assignment: Assignment; readonly of: ReturnType<typeof model.waiting>[number] }[] = [];
        const take = async (agent: number) => {
          const [assignment, of] = [await open[agent]?.take(), model.take(agents[agent] ?? {})];
          expect(assignment?.plan.id).toBe(of?.id);
          if (assignment !== undefined && of !== undefined) held.push({ assignment, of });
          return assignment !== undefined;
        };
        for (const each of steps) {
          if (each.kind === 'submit') {
            const plan = planOf(each);
            await queue?.submit(plan, newDelivery());
            const score = Number(await queues.redis.hget(queueKeys(prefix).execution(plan.id), 'score'));
            model.submit({ id: plan.id, tenant: each.tenant, placement: each.placement, score });
          } else if (each.kind === 'take') {
            await take(each.agent);
          } else if (each.kind === 'cancel') {
            const { id } = model.waiting()[each.nth] ?? {};
            if (id === undefined) continue;
            expect(await queue?.finishWaiting(id, outcome, undefined)).toBe(true);
            model.remove(id);
          } else {
            const [back] = held.splice(each.nth, 1);
            if (back === undefined) continue;
            expect(await queue?.requeue(back.assignment, 0, 'released')).toBe(true);
            model.putBack(back.of);
          }
        }
        while (await take(2));
        expect(model.waiting()).toEqual([]);
        const left = await queues.redis.keys(`{${prefix}}:*`);
        expect(left.filter((key) => /:(waiting|tenants|placements)/.test(key))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
