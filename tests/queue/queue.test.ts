import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ExecutionQueue } from '../../src/queue/execution-queue.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import type { QueueLimits } from '../../src/queue/queue-options.ts';
import type { ExecutionPlan } from '../../src/wire/plan/plan.ts';
import type { Outcome } from '../../src/wire/record/record.ts';
import { planOf } from '../executions/example-plan.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { useRedis } from '../parts/stores/use-redis.ts';

const connect = useRedis();

interface Opening {
  readonly agent?: string;
  readonly home?: string;
  readonly leaseMs?: number;
  readonly limits?: Partial<QueueLimits>;
}

/** Agents that share a prefix share a queue. */
function open(prefix: string, { agent = 'one', home = 'here', leaseMs = 60_000, limits }: Opening = {}) {
  return openQueue({
    redis: connect(),
    subscriber: connect(),
    prefix,
    agent,
    home,
    events: `${prefix}-events`,
    leaseMs,
    limits: {
      retentionMs: 60_000,
      retained: 1000,
      protectedMs: 60_000,
      maxWaiting: 1000,
      agingMs: 30_000,
      echoMs: 5000,
      maxAttempts: 3,
      answersKept: 100,
      liveLogMs: 1000,
      ...limits,
    },
  });
}

async function takeOne(queue: ExecutionQueue) {
  const assignment = await queue.take();
  if (assignment === undefined) throw new Error('nothing to take');
  return assignment;
}

const outcome: Outcome = { steps: [], output: 'done', phases: {}, warnings: [], startedAt: 1, finishedAt: 2 };
const answer = { channel: 'queue-test', text: 'answer' };
const handles = { sandbox: {}, container: { b: 2 }, step: 0, steps: [], startedAt: 1, deadline: 3 };
const inTime = 5000;
const newDelivery = () => ({ fingerprint: randomUUID(), windowMs: 60_000 });

describeWith('redis', 'the queue', () => {
  test('stream entry: is acknowledged in the step that queues it, and queues nothing when it comes again later', async () => {
    const prefix = randomUUID();
    const [queue, redis] = [await open(prefix), connect()];
    const stream = { key: `{${prefix}}:requests`, group: 'agents' };
    await redis.xgroup('CREATE', stream.key, stream.group, '$', 'MKSTREAM');
    const source = (await redis.xadd(stream.key, '*', 'request', 'text')) ?? '';
    await redis.xreadgroup('GROUP', stream.group, 'one', 'STREAMS', stream.key, '>');
    // No acknowledgement follows, as where the agent ends right then.
    const delivery = { fingerprint: randomUUID(), windowMs: 1, source, stream };
    const plan = planOf();
    expect(await queue.submit(plan, delivery)).toEqual({ result: 'queued' });
    expect((await redis.xpending(stream.key, stream.group))[0]).toBe(0);
    expect(await redis.xlen(stream.key)).toBe(0);
    // Another fingerprint knows nothing of the message any more, as after the window.
    const again = await queue.submit(planOf(), { ...delivery, fingerprint: randomUUID() });
    expect(again).toMatchObject({ result: 'duplicate', delivery: 'echo' });
    expect((await queue.take())?.plan.id).toBe(plan.id);
    expect(await queue.take()).toBeUndefined();
    await redis.del(stream.key);
  });

  test('one of several agents gets an execution, once', async () => {
    const prefix = randomUUID();
    const [one, two] = await Promise.all([open(prefix), open(prefix, { agent: 'two' })]);
    const plans = Array.from({ length: 50 }, () => planOf());
    for (const plan of plans) await one.submit(plan, newDelivery());
    const taken = await Promise.all(
      [one, two].map(async (queue) => {
        const ids: string[] = [];
        for (let next = await queue.take(); next !== undefined; next = await queue.take()) ids.push(next.plan.id);
        return ids;
      }),
    );
    expect(taken.flat().sort()).toEqual(plans.map(({ id }) => id).sort());
  });

  test('what is asked at once is answered each for itself', async () => {
    const queue = await open(randomUUID(), { limits: { maxWaiting: 2 } });
    const plans = Array.from({ length: 3 }, () => planOf());
    const asked = queue.atOnce(() => plans.map((plan) => queue.submit(plan, newDelivery())));
    const [first, second, third] = await Promise.allSettled(asked);
    expect([first, second]).toMatchObject([{ value: { result: 'queued' } }, { value: { result: 'queued' } }]);
    expect(third).toMatchObject({ reason: { code: 'QUEUE_FULL' } });
  });

  test('higher priority comes first, equals in the order of their arrival', async () => {
    const queue = await open(randomUUID());
    const plans = [0, 10, 0, 100, 10].map((priority) => planOf({ priority }));
    for (const plan of plans) await queue.submit(plan, newDelivery());
    const order: number[] = [];
    for (let next = await queue.take(); next !== undefined; next = await queue.take())
      order.push(plans.findIndex(({ id }) => id === next?.plan.id));
    expect(order).toEqual([3, 1, 4, 0, 2]);
  });

  test('what has waited long enough runs before a newcomer of higher priority', async () => {
    const queue = await open(randomUUID(), { limits: { agingMs: 0.001 } });
    const patient = planOf({ priority: 0 });
    await queue.submit(patient, newDelivery());
    // Ten points are worth a hundredth of a millisecond here, which the round trip alone takes.
    await queue.submit(planOf({ priority: 10 }), newDelivery());
    expect((await queue.take())?.plan.id).toBe(patient.id);
  });

  test('one message that two agents hear is one request, and no repetition', async () => {
    const prefix = randomUUID();
    const [one, two] = await Promise.all([open(prefix), open(prefix, { agent: 'two' })]);
    const delivery = newDelivery();
    const first = planOf();
    expect(await one.submit(first, delivery)).toEqual({ result: 'queued' });
    expect(await two.submit(planOf(), delivery)).toEqual({ result: 'duplicate', of: first.id, delivery: 'echo' });
  });

  test('a message sent again is distinguished from its echo, once', async () => {
    const prefix = randomUUID();
    const [one, two] = await Promise.all([open(prefix), open(prefix, { agent: 'two' })]);
    const delivery = newDelivery();
    await one.submit(planOf(), delivery);
    await two.submit(planOf(), delivery);
    const repeated = [await two.submit(planOf(), delivery), await one.submit(planOf(), delivery)];
    expect(repeated.map((submitted) => 'delivery' in submitted && submitted.delivery)).toEqual(['again', 'echo']);
  });

  test('an agent that started after the first sending still hears the second', async () => {
    const prefix = randomUUID();
    const delivery = newDelivery();
    await (await open(prefix)).submit(planOf(), delivery);
    const late = await open(prefix, { agent: 'late', limits: { echoMs: 0 } });
    expect(await becomesTrue(async () => (await late.recordDelivery(delivery)) === 'again', inTime)).toBe(true);
  });

  test('beyond its bound the queue is full, and says so', async () => {
    const queue = await open(randomUUID(), { limits: { maxWaiting: 1 } });
    await queue.submit(planOf(), newDelivery());
    await expect(queue.submit(planOf(), newDelivery())).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  });

  test('an outcome is recorded once and published in the same step', async () => {
    const queue = await open(randomUUID());
    const subscriber = connect();
    const channel = randomUUID();
    const messages: string[] = [];
    subscriber.on('message', (_channel, text) => messages.push(text));
    await subscriber.subscribe(channel);
    await queue.submit(planOf(), newDelivery());
    const assignment = await takeOne(queue);
    expect(await queue.finish(assignment, outcome, { channel, text: 'first' })).toBe(true);
    expect(await queue.finish(assignment, outcome, { channel, text: 'second' })).toBe(false);
    await connect().publish(channel, 'end');
    expect(await becomesTrue(() => messages.includes('end'), inTime)).toBe(true);
    expect(messages).toEqual(['first', 'end']);
    expect(await queue.find('t', assignment.plan.id)).toMatchObject({ state: 'finished', outcome });
    expect(await queue.find('other tenant', assignment.plan.id)).toBeUndefined();
  });

  test('progress is on record as soon as it is kept', async () => {
    const queue = await open(randomUUID());
    await queue.submit(planOf({ correlationId: 'mine' }), newDelivery());
    const assignment = await takeOne(queue);
    const progress = { state: 'running', ...handles, sandbox: { a: 1 } } as const;
    expect(await queue.keep(assignment, progress)).toBe(true);
    expect(await queue.find('t', 'mine')).toMatchObject({ ...progress, attempt: { number: 1, agent: 'one' } });
  });

  test('records of an older agent, running and finished, are read with their steps', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix);
    const [running, finished] = [planOf(), planOf()];
    for (const plan of [running, finished]) await queue.submit(plan, newDelivery());
    const { steps: _, ...older } = { ...handles, state: 'running' } as const;
    const redis = connect();
    const key = queueKeys(prefix).execution;
    await queue.keep(await takeOne(queue), { state: 'running', ...handles });
    await redis.hset(key(running.id), 'progress', JSON.stringify(older));
    await queue.finish(await takeOne(queue), outcome, answer);
    const exit = { code: 3, reason: 'exited' };
    const recorded = { exit, output: 'done', phases: { ran: 5 }, warnings: [], startedAt: 10, finishedAt: 20 };
    await redis.hset(key(finished.id), 'outcome', JSON.stringify(recorded));
    expect(await queue.find('t', running.id)).toMatchObject({ ...older, steps: [] });
    expect(await queue.find('t', finished.id)).toMatchObject({
      state: 'finished',
      outcome: { steps: [{ exit, startedAt: 15, finishedAt: 20, log: { from: 0, to: 4 } }], output: 'done' },
    });
  });

  test('what a vanished agent had not started goes back to the queue, and its late word does not count', async () => {
    const prefix = randomUUID();
    const vanished = await open(prefix, { agent: 'vanished', leaseMs: 1 });
    const plan = planOf();
    await vanished.submit(plan, newDelivery());
    const stale = await takeOne(vanished);
    const heir = await open(prefix, { agent: 'heir' });
    expect(
      await becomesTrue(async () => {
        expect(await heir.expire()).toEqual([]);
        const next = await heir.take();
        if (next === undefined) return false;
        expect(next).toMatchObject({ plan: { id: plan.id }, attempt: { number: 2, agent: 'heir' } });
        return true;
      }, inTime),
    ).toBe(true);
    expect(await vanished.keep(stale, { state: 'staging', sandbox: {} })).toBe(false);
    expect(await vanished.finish(stale, outcome, answer)).toBe(false);
    expect(await vanished.renew([stale])).toEqual([stale]);
  });

  test('what a vanished agent had started is handed over once, to be answered for', async () => {
    const prefix = randomUUID();
    const vanished = await open(prefix, { agent: 'vanished', leaseMs: 1 });
    await vanished.submit(planOf(), newDelivery());
    const started = await takeOne(vanished);
    await vanished.keep(started, { state: 'running', ...handles });
    const heir = await open(prefix, { agent: 'heir' });
    const lost: string[] = [];
    expect(
      await becomesTrue(async () => {
        lost.push(...(await heir.expire()).map(({ plan }) => plan.id));
        return lost.length > 0;
      }, inTime),
    ).toBe(true);
    expect(await heir.expire()).toEqual([]);
    expect(lost).toEqual([started.plan.id]);
  });

  test('canceling one that waits finishes it; it is never taken', async () => {
    const queue = await open(randomUUID());
    const plan = planOf();
    await queue.submit(plan, newDelivery());
    expect(await queue.askToCancel(plan.id)).toBe('queued');
    expect(await queue.finishWaiting(plan.id, outcome, answer)).toBe(true);
    expect(await queue.take()).toBeUndefined();
    expect(await queue.askToCancel(plan.id)).toBe('finished');
    expect(await queue.askToCancel(randomUUID())).toBeNull();
  });

  test('one that is taken after it was asked to be canceled knows it', async () => {
    const queue = await open(randomUUID());
    const plan = planOf();
    await queue.submit(plan, newDelivery());
    await queue.askToCancel(plan.id);
    expect((await queue.take())?.canceled).toBe(true);
    expect(await queue.finishWaiting(plan.id, outcome, answer)).toBe(false);
  });

  test('an agent that waits is woken by new work', async () => {
    const prefix = randomUUID();
    const [one, two] = await Promise.all([open(prefix), open(prefix, { agent: 'two' })]);
    const woken = new Promise<void>((resolve) => two.onWork(resolve));
    await one.submit(planOf(), newDelivery());
    await woken;
  });

  test('one delivery of a stream that comes twice is an echo, the same text in another delivery is not', async () => {
    const queue = await open(randomUUID());
    const delivery = newDelivery();
    expect(await queue.submit(planOf(), { ...delivery, source: '1-0' })).toEqual({ result: 'queued' });
    expect(await queue.submit(planOf(), { ...delivery, source: '1-0' })).toMatchObject({ delivery: 'echo' });
    expect(await queue.submit(planOf(), { ...delivery, source: '2-0' })).toMatchObject({ delivery: 'again' });
  });

  test('one delivery of a stream that was refused is refused again, or queued when there is room', async () => {
    const queue = await open(randomUUID(), { limits: { maxWaiting: 1 } });
    await queue.submit(planOf(), newDelivery());
    const delivery = { ...newDelivery(), source: '1-0' };
    await expect(queue.submit(planOf(), delivery)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await expect(queue.submit(planOf(), delivery)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await takeOne(queue);
    expect(await queue.submit(planOf(), delivery)).toEqual({ result: 'queued' });
    expect(await queue.submit(planOf(), delivery)).toMatchObject({ delivery: 'echo' });
  });

  test('retry: is taken after its time, and the agent that held it before cannot change it', async () => {
    const queue = await open(randomUUID());
    await queue.submit(planOf(), newDelivery());
    const first = await takeOne(queue);
    expect(await queue.requeue(first, 20, 'again')).toBe(true);
    expect(await queue.take()).toBeUndefined();
    expect(await queue.find('t', first.plan.id)).toMatchObject({ state: 'queued' });
    let second: Awaited<ReturnType<ExecutionQueue['take']>>;
    const taken = async () => {
      second = await queue.take();
      return second !== undefined;
    };
    expect(await becomesTrue(taken, inTime)).toBe(true);
    expect(second?.attempt).toMatchObject({ number: 2 });
    expect(await queue.finish(first, outcome, answer)).toBe(false);
  });

  test.each([
    'released',
    'runtime away',
    'runtime full',
  ] as const)('the record of an execution that ended after it was put back (%s) can be read', async (reason) => {
    const queue = await open(randomUUID());
    await queue.submit(planOf(), newDelivery());
    const taken = await takeOne(queue);
    expect(await queue.requeue(taken, 60_000, reason)).toBe(true);
    expect(await queue.finishWaiting(taken.plan.id, outcome, answer)).toBe(true);
    const found = await queue.find('t', taken.plan.id);
    expect(found).toMatchObject({ state: 'finished', outcome });
    expect(found).not.toHaveProperty('attempt');
  });

  test('another agent goes on with an attempt, and the first one has no say any more', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix);
    await queue.submit(planOf(), newDelivery());
    const assignment = await takeOne(queue);
    await queue.keep(assignment, { state: 'running', ...handles });
    const heir = await open(prefix, { agent: 'heir' });
    const [held] = await heir.held();
    if (held === undefined) throw new Error('nobody holds it');
    expect(await heir.isHeld(held.plan.id)).toBe(true);
    expect(await heir.isHeld(randomUUID())).toBe(false);
    expect(await queue.isCurrent(assignment)).toBe(true);
    const adopted = await heir.adopt(held);
    expect(adopted?.attempt).toMatchObject({ number: 1, agent: 'heir' });
    expect(await heir.adopt(held)).toBeUndefined();
    expect(await queue.isCurrent(assignment)).toBe(false);
    expect(adopted && (await heir.isCurrent(adopted))).toBe(true);
    expect(await queue.keep(assignment, { state: 'collecting', ...handles })).toBe(false);
    expect(await queue.renew([assignment])).toEqual([assignment]);
  });

  test('whole output: is noted only for the attempt that counts, and every noted object goes with the record', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix, { limits: { retentionMs: 1 } });
    await queue.submit(planOf(), newDelivery());
    const assignment = await takeOne(queue);
    const { plan, attempt } = assignment;
    const note = (fence: number, name: string) => queue.noteLog(plan.id, fence, { store: 's', name });
    expect(await note(attempt.fence, 'first')).toBe(true);
    expect(await note(attempt.fence, 'first')).toBe(true);
    await queue.keep(assignment, { state: 'running', ...handles });
    const heir = await open(prefix, { agent: 'heir', limits: { retentionMs: 1 } });
    const [held] = await heir.held();
    const adopted = held && (await heir.adopt(held));
    if (adopted === undefined) throw new Error('nobody goes on with it');
    expect(await note(attempt.fence, 'late')).toBe(false);
    expect(await note(adopted.attempt.fence, 'second')).toBe(true);
    expect(await heir.finish(adopted, outcome, answer)).toBe(true);
    expect(await note(adopted.attempt.fence, 'late')).toBe(false);
    const gone = async () => {
      await queue.purge();
      return (await queue.find('t', plan.id)) === undefined;
    };
    expect(await becomesTrue(gone, inTime)).toBe(true);
    expect(await note(adopted.attempt.fence, 'late')).toBe(false);
    expect([...(await queue.orphanedLogs('s', 10))].sort()).toEqual(['first', 'second']);
    await queue.forgetLogs('s', ['first', 'second']);
    expect(await queue.orphanedLogs('s', 10)).toEqual([]);
  });

  test('a paused queue gives out nothing until it is resumed', async () => {
    const queue = await open(randomUUID());
    const plan = planOf();
    await queue.submit(plan, newDelivery());
    await queue.pause();
    expect(await queue.take()).toBeUndefined();
    await queue.resume();
    expect((await queue.take())?.plan.id).toBe(plan.id);
  });

  test('every change of state is an event, in order', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix);
    const events: unknown[] = [];
    const subscriber = connect();
    subscriber.on('message', (_channel, text) => events.push(JSON.parse(text)));
    await subscriber.subscribe(`${prefix}-events`);
    await queue.submit(planOf({ correlationId: 'mine', name: 'n', tags: { a: 'b' } }), newDelivery());
    const assignment = await takeOne(queue);
    await queue.keep(assignment, { state: 'staging', sandbox: {} });
    await queue.keep(assignment, { state: 'running', ...handles });
    await queue.keep(assignment, { state: 'collecting', ...handles });
    await queue.finish(assignment, outcome, answer);
    expect(await becomesTrue(() => events.length === 5, inTime)).toBe(true);
    const common = { execution_id: assignment.plan.id, correlation_id: 'mine', name: 'n', tags: { a: 'b' } };
    expect(events).toMatchObject([
      { ...common, state: 'queued' },
      { ...common, state: 'staging', agent: 'one', attempt: 1 },
      { ...common, state: 'running' },
      { ...common, state: 'collecting' },
      { ...common, state: 'finished', code: 'OK' },
    ]);
  });

  test('answers are also kept in a stream of the same name', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix);
    await queue.submit(planOf(), newDelivery());
    await queue.finish(await takeOne(queue), outcome, { channel: `${prefix}-answers:me`, text: 'kept', expires: true });
    const redis = connect();
    const [entry] = await redis.xrange(`${prefix}-answers:me`, '-', '+');
    expect(entry?.[1]).toEqual(['response', 'kept']);
    expect(await redis.pttl(`${prefix}-answers:me`)).toBeGreaterThan(0);
  });

  test('pages are newest first, complete, without repetition, for any filter', async () => {
    const queue = await open(randomUUID());
    const plans = Array.from({ length: 45 }, (_, index) =>
      planOf({ name: index % 2 === 0 ? 'even' : 'odd', tags: { third: String(index % 3) } }),
    );
    await Promise.all(plans.map((plan) => queue.submit(plan, newDelivery())));
    await takeOne(queue);
    const all = async (filter: Parameters<ExecutionQueue['list']>[0]) => {
      const ids: string[] = [];
      const times: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await queue.list(filter, { limit: 4, ...(cursor === undefined ? {} : { cursor }) });
        ids.push(...page.executions.map(({ id }) => id));
        times.push(...page.executions.map(({ submittedAt }) => submittedAt));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(times).toEqual([...times].sort((a, b) => b - a));
      return ids.sort();
    };
    const idsOf = (keep: (plan: ExecutionPlan) => boolean) =>
      plans
        .filter(keep)
        .map(({ id }) => id)
        .sort();
    expect(await all({})).toEqual(idsOf(() => true));
    expect(await all({ name: 'even' })).toEqual(idsOf(({ name }) => name === 'even'));
    expect(await all({ name: 'odd', tags: [{ key: 'third', value: '1' }] })).toEqual(
      idsOf(({ name, tags }) => name === 'odd' && tags.third === '1'),
    );
    expect(await all({ tenant: 'other' })).toEqual([]);
    expect(await all({ states: ['staging'] })).toHaveLength(1);
    expect(await all({ states: ['queued'], image: 'alpine' })).toHaveLength(44);
    expect(await all({ since: Date.now() + 60_000 })).toEqual([]);
    expect(await all({ states: ['queued', 'staging', 'running'] })).toEqual(idsOf(() => true));
    expect(await all({ states: ['staging', 'running'], tenant: 't' })).toHaveLength(1);
    expect(await all({ states: ['queued'], tenant: 'other' })).toEqual([]);
    expect(
      await all({
        name: 'odd',
        tags: [
          { key: 'third', value: '1' },
          { key: 'third', value: '2' },
        ],
      }),
    ).toEqual([]);
  });

  test('list: codes, agents and prefixes narrow it down, and counts agree with it', async () => {
    const queue = await open(randomUUID());
    const plans = Array.from({ length: 30 }, (_, index) =>
      planOf({ name: `job-${index % 3}`, correlationId: `order-${index}` }),
    );
    for (const plan of plans) await queue.submit(plan, newDelivery());
    for (let count = 0; count < 10; count += 1) {
      const failure = { code: 'TIMEOUT', message: 'too long' } as const;
      await queue.finish(await takeOne(queue), count < 4 ? { ...outcome, failure } : outcome, answer);
    }
    await takeOne(queue);
    const size = async (filter: Parameters<ExecutionQueue['list']>[0]) =>
      (await queue.list(filter, { limit: 100 })).executions.length;
    expect(await size({ codes: ['TIMEOUT'] })).toBe(4);
    expect(await size({ codes: ['TIMEOUT', 'OK'], tenant: 't' })).toBe(10);
    expect(await size({ codes: ['TIMEOUT'], tenant: 'other' })).toBe(0);
    expect(await size({ agent: 'one' })).toBe(11);
    expect(await size({ agent: 'one', states: ['finished'] })).toBe(10);
    expect(await size({ agent: 'nobody' })).toBe(0);
    expect(await size({ prefix: 'job-1' })).toBe(10);
    expect(await size({ prefix: 'order-2' })).toBe(11);
    expect(await size({ prefix: plans[7]?.id ?? '' })).toBe(1);

    const until = Date.now() + 3_600_000;
    const period = { since: until - 7_200_000, until, parts: 4 };
    const { history, ...counts } = await queue.count({ ...period, tenant: 't' });
    expect(counts).toEqual({ states: { queued: 19, staging: 1, finished: 10 }, codes: { OK: 6, TIMEOUT: 4 } });
    expect(history.map(({ since }) => since - period.since)).toEqual([0, 1_800_000, 3_600_000, 5_400_000]);
    const sum = (code: string) => history.reduce((total, { codes }) => total + (codes[code] ?? 0), 0);
    expect([sum('OK'), sum('TIMEOUT')]).toEqual([6, 4]);
    expect(await queue.count(period)).toMatchObject(counts);
    expect(await queue.count({ ...period, tenant: 'other' })).toMatchObject({ states: {}, codes: {} });
    expect((await queue.count({ ...period, until: period.since + 1 })).states).toEqual({});
  });

  test('pages of long entries end early and are complete', async () => {
    const queue = await open(randomUUID());
    const tags = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`tag-${index}`, 'x'.repeat(1024)]));
    const plans = Array.from({ length: 60 }, () => planOf({ tags }));
    await Promise.all(plans.map((plan) => queue.submit(plan, newDelivery())));
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await queue.list({}, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      expect(JSON.stringify(page).length).toBeLessThan(1.2 * 1024 ** 2);
      ids.push(...page.executions.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(ids.toSorted()).toEqual(plans.map(({ id }) => id).toSorted());
  });

  test('a cursor that is none is refused', async () => {
    const queue = await open(randomUUID());
    await expect(queue.list({}, { limit: 1, cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test('records go after their retention, and nothing of them stays', async () => {
    const prefix = randomUUID();
    const queue = await open(prefix, { limits: { retentionMs: 1 } });
    await queue.submit(planOf({ name: 'n', tags: { a: 'b' } }), newDelivery());
    const assignment = await takeOne(queue);
    await queue.finish(assignment, outcome, answer);
    const gone = async () => {
      await queue.purge();
      return (await queue.find('t', assignment.plan.id)) === undefined;
    };
    expect(await becomesTrue(gone, inTime)).toBe(true);
    const keys = await connect().keys(`{${prefix}}:*`);
    // The last events are few, and have no facts of the request.
    expect(keys.filter((key) => !key.includes(':heard:'))).toEqual([`{${prefix}}:events`]);
    const entries = await connect().xrange(`{${prefix}}:events`, '-', '+');
    for (const [, fields] of entries) expect(fields).toHaveLength(8);
  });

  test('records beyond their number go only once the dedupe window has passed', async () => {
    const prefix = randomUUID();
    const finishOne = async (queue: ExecutionQueue) => {
      await queue.submit(planOf(), newDelivery());
      await queue.finish(await takeOne(queue), outcome, answer);
    };
    const careful = await open(prefix, { limits: { retained: 1, protectedMs: 60_000 } });
    for (let count = 0; count < 3; count++) await finishOne(careful);
    await careful.purge();
    expect((await careful.list({}, { limit: 10 })).executions).toHaveLength(3);
    const careless = await open(prefix, { limits: { retained: 1, protectedMs: 0 } });
    await careless.purge();
    expect((await careless.list({}, { limit: 10 })).executions).toHaveLength(1);
  });
});
