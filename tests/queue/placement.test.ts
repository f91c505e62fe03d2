import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueKeys } from '../../src/queue/keys.ts';
import { planOf } from '../executions/example-plan.ts';
import { describeWith } from '../parts/require-part.ts';
import { announcer, createTestQueues, newDelivery } from './test-queue.ts';

type Labels = Readonly<Record<string, string>>;

describeWith('redis', 'placement', () => {
  let queues: ReturnType<typeof createTestQueues>;

  beforeAll(() => {
    queues = createTestQueues();
  });
  afterAll(() => queues.close());

  test('an agent: takes only what its labels satisfy', async () => {
    const prefix = randomUUID();
    const { announce } = announcer(queues.redis, prefix);
    await announce('gpu', { gpu: 'a100', zone: 'b' });
    const gpu = await queues.open(prefix, { labels: { gpu: 'a100', zone: 'b' } });
    const plain = await queues.open(prefix, { labels: { zone: 'a' } });
    const [asks, any] = [planOf({ placement: { gpu: 'a100' } }), planOf()];
    await plain.submit(asks, newDelivery());
    await plain.submit(any, newDelivery());
    expect(await plain.take()).toMatchObject({ plan: { id: any.id }, othersWait: false });
    expect(await plain.take()).toBeUndefined();
    expect(await gpu.take()).toMatchObject({ plan: { id: asks.id } });
  });

  test('a placement that no running agent has: is refused with the labels that exist, and nothing is queued', async () => {
    const prefix = randomUUID();
    const queue = await queues.open(prefix);
    const { announce } = announcer(queues.redis, prefix);
    const plan = planOf({ placement: { gpu: 'h100', zone: 'b' } });
    await expect(queue.submit(plan, newDelivery())).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('No agent is running'),
    });
    await announce('one', { gpu: 'a100', runtime: 'oci' });
    await announce('two', { zone: 'b', gpu: 'h200' });
    await expect(queue.submit(plan, newDelivery())).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(
        /no running agent has all of gpu=h100, zone=b\. The running agents have gpu=a100, gpu=h200, runtime=oci, zone=b\..*EXEC_LABELS=gpu=h100,zone=b/,
      ),
    });
    expect(await queue.depths()).toMatchObject({ waiting: 0 });
  });

  test('the last agent with the labels goes: its requests wait, are listed and counted, and a repetition is known', async () => {
    const prefix = randomUUID();
    const queue = await queues.open(prefix);
    const { announce, withdraw } = announcer(queues.redis, prefix);
    await announce('one', { gpu: 'a100' });
    const plan = planOf({ placement: { gpu: 'a100' } });
    const delivery = newDelivery();
    await queue.submit(plan, delivery);
    await queue.submit(planOf(), newDelivery());
    expect(await queue.depths()).toMatchObject({ waiting: 2, unplaced: 0 });
    await withdraw('one');
    expect(await queue.depths()).toMatchObject({ waiting: 2, unplaced: 1 });
    const { executions } = await queue.list({}, { limit: 10 });
    expect(executions.map(({ id, waitsFor }) => [id === plan.id, waitsFor]).toSorted()).toEqual([
      [false, undefined],
      [true, 'gpu=a100'],
    ]);
    expect(await queue.submit(planOf({ placement: { gpu: 'a100' } }), delivery)).toMatchObject({ of: plan.id });
    const back = await queues.open(prefix, { labels: { gpu: 'a100', zone: 'x' }, agent: 'back' });
    const taken = [(await back.take())?.plan.id, (await back.take())?.plan.id];
    expect(taken).toContain(plan.id);
  });

  test('an execution that is put back: waits for an agent with its labels again', async () => {
    const prefix = randomUUID();
    await announcer(queues.redis, prefix).announce('one', { gpu: 'a100' });
    const gpu = await queues.open(prefix, { labels: { gpu: 'a100' } });
    const plain = await queues.open(prefix);
    await gpu.submit(planOf({ placement: { gpu: 'a100' } }), newDelivery());
    const taken = await gpu.take();
    if (taken === undefined) throw new Error('nothing to take');
    expect(await gpu.requeue(taken, 0, 'released')).toBe(true);
    // Agents of an older version take what is there, without a look at its labels.
    expect(await queues.redis.exists(queueKeys(prefix).waiting)).toBe(0);
    expect(await plain.take()).toBeUndefined();
    expect((await gpu.take())?.plan.id).toBe(taken.plan.id);
  });

  test('a new placement: wakes agents while another placement has a backlog', async () => {
    const prefix = randomUUID();
    await announcer(queues.redis, prefix).announce('one', { gpu: 'a100' });
    const queue = await queues.open(prefix);
    await queue.submit(planOf(), newDelivery());
    const woken = new Promise<void>((resolve) => queue.onWork(resolve));
    await queue.submit(planOf({ placement: { gpu: 'a100' } }), newDelivery());
    await woken;
  });

  test('different placements: a bounded number of them can wait', async () => {
    const prefix = randomUUID();
    const labels = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`l${n}`, 'x']));
    await announcer(queues.redis, prefix).announce('one', labels);
    const queue = await queues.open(prefix, { labels });
    for (let n = 0; n < 64; n += 1)
      await queue.submit(planOf({ tenant: `t${n % 8}`, placement: { [`l${n}`]: 'x' } }), newDelivery());
    const more = planOf({ placement: { l64: 'x' } });
    await expect(queue.submit(more, newDelivery())).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: expect.stringContaining('64 different placements'),
    });
    await queue.submit(planOf({ placement: { l0: 'x' } }), newDelivery());
    await queue.submit(planOf(), newDelivery());
    await queue.take();
    const left = await queue.depths();
    expect(left.waiting).toBe(65);
  });

  test('different placements: one tenant cannot use up those of all', async () => {
    const prefix = randomUUID();
    const labels = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`l${n}`, 'x']));
    await announcer(queues.redis, prefix).announce('one', labels);
    const queue = await queues.open(prefix, { labels });
    const submit = (tenant: string, n: number) =>
      queue.submit(planOf({ tenant, placement: { [`l${n}`]: 'x' } }), newDelivery());
    await queue.submit(planOf({ tenant: 'greedy' }), newDelivery());
    for (let n = 0; n < 16; n += 1) await submit('greedy', n);
    await expect(submit('greedy', 16)).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: expect.stringMatching(/tenant greedy with 16 different placements .* maximum for one tenant/),
    });
    await submit('modest', 16);
    await expect(submit('greedy', 16)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await submit('greedy', 15);
    expect(await queue.depths()).toMatchObject({ waiting: 19 });
  });

  test('any tenants, placements and agents: a request is taken although others keep arriving before it', async () => {
    const labels = [{ a: '1' }, { a: '1', b: '1' }, { a: '1', b: '1', c: '1' }];
    const placement = fc.constantFrom<Labels[]>({}, { a: '1' }, { b: '1' }, { c: '1' });
    const arrival = fc.record({ tenant: fc.constantFrom('p', 'q', 'r'), placement });
    await fc.assert(
      fc.asyncProperty(placement, fc.array(arrival, { minLength: 1, maxLength: 6 }), async (of, arrivals) => {
        const prefix = randomUUID();
        const { announce } = announcer(queues.redis, prefix);
        const open = await Promise.all(labels.map((each) => queues.open(prefix, { labels: each })));
        for (const [n, each] of labels.entries()) await announce(`${n}`, each);
        const [queue] = open;
        const patient = planOf({ tenant: 'x', placement: of });
        const arrive = async () => {
          for (const each of arrivals) await queue?.submit(planOf({ ...each, priority: 100 }), newDelivery());
        };
        await arrive();
        await queue?.submit(patient, newDelivery());
        let rounds = 0;
        for (let taken = false; !taken; rounds += 1) {
          expect(rounds).toBeLessThanOrEqual(4);
          for (const each of open) taken ||= (await each.take())?.plan.id === patient.id;
          await arrive();
        }
      }),
      { numRuns: 25 },
    );
  });
});
