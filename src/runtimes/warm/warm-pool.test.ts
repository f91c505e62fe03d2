import { expect, test } from 'vitest';
import { becomesTrue } from '../../../tests/parts/poll.ts';
import { deferred } from '../../support/time/deferred.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { standardConfinement } from '../../wire/plan/plan.ts';
import { defaultWarmLimits } from './warm-options.ts';
import { createWarmPool, type Poolable, type WarmPoolOptions } from './warm-pool.ts';
import { type WarmRecipe, warmRecipeOf } from './warm-recipe.ts';

const patienceMs = 10_000;
const MiB = 1024 ** 2;
const never = new AbortController().signal;

test('what ran twice lately is made ready, and is given away once', async () => {
  const { pool, made, becomesReady } = open();
  expect(await pool.take(recipe('a'))).toBeUndefined();
  expect(await pool.take(recipe('a'))).toBeUndefined();
  await becomesReady(['a', 'a']);
  const [first, second] = await Promise.all([pool.take(recipe('a')), pool.take(recipe('a'))]);
  expect(first).not.toBe(second);
  expect(made).toContain(first);
  expect(made).toContain(second);
  await pool.close();
});

test('what ran once is not made ready, unless it waits in the queue', async () => {
  const { pool, becomesReady } = open();
  await pool.take(recipe('a'));
  pool.expect([recipe('b')]);
  await becomesReady(['b']);
  await pool.close();
});

test('one that is being made goes to who asks for it', async () => {
  const gate = deferred();
  const { pool, made, attempts } = open({ before: () => gate.promise });
  pool.expect([recipe('a')]);
  await becomesTrue(() => attempts().length > 0, patienceMs);
  const taken = pool.take(recipe('a'));
  expect(await pool.take(recipe('a'))).toBeUndefined();
  gate.resolve();
  expect(made).toContain(await taken);
  await pool.close();
});

test('warm pool: as many wait as were asked for in the largest burst, however often that was', async () => {
  const { pool, made, becomesReady } = open({ limits: { burstMs: 0, usesBefore: 1, count: 4 } });
  for (let n = 0; n < 4; n++) await (await pool.take(recipe('a')))?.remove(never);
  await becomesReady(['a']);
  expect(await becomesTrue(() => made.length > 1 + 4, 100)).toBe(false);
  expect(pool.size()).toBe(1);
  await pool.close();
});

test('what is wanted more takes the place of what is not, within count and memory', async () => {
  const { pool, made, becomesReady } = open({ limits: { memoryBytes: 100 * MiB } });
  pool.expect([recipe('a'), recipe('b'), recipe('c')]);
  await becomesReady(['a']);
  pool.expect([recipe('b')]);
  await becomesReady(['b']);
  expect(made.length).toBe(2);
  await pool.close();
});

test('warm pool: a container that needs more memory than all may have is not made, and keeps no other from being made', async () => {
  const { pool, becomesReady } = open({ limits: { memoryBytes: 100 * MiB } });
  pool.expect([recipe('large', 101 * MiB), recipe('a')]);
  await becomesReady(['a']);
  await pool.close();
});

test('nothing is made while something is being started, nor without memory', async () => {
  for (const options of [{ isBusy: () => true }, { hasMemory: async () => false }]) {
    const { pool, made } = open(options);
    pool.expect([recipe('a')]);
    expect(await becomesTrue(() => made.length > 0, 100)).toBe(false);
    await pool.close();
  }
});

test('all are let go when memory is short, when the engine was lost, and in the end', async () => {
  let memory = true;
  const { pool, becomesReady, lose } = open({ hasMemory: async () => memory });
  pool.expect([recipe('a'), recipe('b')]);
  await becomesReady(['a', 'b']);
  memory = false;
  await becomesReady([]);
  memory = true;
  await becomesReady(['a', 'b']);
  lose();
  pool.expect([]);
  await becomesReady([]);
  pool.expect([recipe('a')]);
  await becomesReady(['a']);
  await pool.close();
  await becomesReady([]);
});

test('all are let go when nothing was wanted for long', async () => {
  const { pool, becomesReady } = open({ limits: { idleMs: 200 } });
  pool.expect([recipe('a')]);
  await becomesReady(['a']);
  await becomesReady([]);
  await pool.close();
});

test('warm pool: what is discarded is gone, also from the making, until it is asked for again', async () => {
  const gates = [deferred(), deferred()];
  const { pool, becomesReady, attempts } = open({
    limits: { count: 3 },
    before: async () => gates[attempts().length - 1]?.promise,
  });
  pool.expect([recipe('a'), recipe('a'), recipe('b')]);
  gates[0]?.resolve();
  await becomesTrue(() => attempts().length === 2, patienceMs);
  const discarded = pool.discard(({ key }) => key === recipe('a').key);
  gates[1]?.resolve();
  await discarded;
  await becomesReady(['b']);
  expect(attempts()).toEqual(['a', 'a', 'b']);
  pool.expect([recipe('a')]);
  await becomesReady(['a', 'b']);
  await pool.close();
});

test('warm pool: what is discarded while memory is looked for is not made', async () => {
  const gate = deferred();
  let isAsked = false;
  const { pool, becomesReady, attempts } = open({
    async hasMemory() {
      isAsked = true;
      await gate.promise;
      return true;
    },
  });
  pool.expect([recipe('a'), recipe('b')]);
  await becomesTrue(() => isAsked, patienceMs);
  await pool.discard(({ key }) => key === recipe('a').key);
  gate.resolve();
  await becomesReady(['b']);
  expect(attempts()).toEqual(['b']);
  await pool.close();
});

test('warm pool: one in the making that an execution has taken is not discarded', async () => {
  const gate = deferred();
  const { pool, made, becomesReady, attempts } = open({ before: () => gate.promise });
  pool.expect([recipe('a')]);
  await becomesTrue(() => attempts().length > 0, patienceMs);
  const taken = pool.take(recipe('a'));
  await pool.discard(() => true);
  gate.resolve();
  expect(made).toContain(await taken);
  await becomesReady(['a']);
  await pool.close();
});

test('a pool that is paused makes nothing until the pause is over', async () => {
  for (const [retryMs, isMade] of [
    [1000 * patienceMs, false],
    [0, true],
  ] as const) {
    const { pool, made } = open({ limits: { retryMs } });
    pool.pause();
    pool.expect([recipe('a')]);
    expect(await becomesTrue(() => made.length > 0, isMade ? patienceMs : 100)).toBe(isMade);
    await pool.close();
  }
});

test('what cannot be made does not keep others from being made', async () => {
  const { pool, becomesReady, attempts } = open({
    before: async ({ step }) => {
      if (step.step.workingDir === '/bad') throw new Error('no such user');
    },
  });
  pool.expect([recipe('bad'), recipe('a')]);
  await becomesReady(['a']);
  expect(attempts().filter((name) => name === 'bad').length).toBe(1);
  await pool.close();
});

interface Options extends Partial<Pick<WarmPoolOptions<Poolable>, 'isBusy' | 'hasMemory'>> {
  readonly limits?: Partial<WarmPoolOptions<Poolable>['limits']>;
  readonly before?: (recipe: WarmRecipe) => Promise<void>;
}

function open({ limits, before = async () => undefined, ...options }: Options = {}) {
  const made: Poolable[] = [];
  const ready = new Map<Poolable, string>();
  const attempts: string[] = [];
  let trusted = new Set<Poolable>();
  const pool = createWarmPool({
    async make(given) {
      const name = (given.step.step.workingDir ?? '').slice(1);
      attempts.push(name);
      await before(given);
      const warm: Poolable = {
        recipe: given,
        isTrusted: () => trusted.has(warm),
        remove: async () => void ready.delete(warm),
      };
      made.push(warm);
      ready.set(warm, name);
      trusted.add(warm);
      return warm;
    },
    limits: {
      ...defaultWarmLimits,
      // However slow the host is.
      burstMs: Number.POSITIVE_INFINITY,
      refillAfterMs: 1,
      checkMs: 10,
      count: 2,
      memoryBytes: 1024 * MiB,
      idleMs: 1000 * patienceMs,
      ...limits,
    },
    isBusy: () => false,
    hasMemory: async () => true,
    logger: createSilentLogger(),
    ...options,
  });
  const becomesReady = async (names: readonly string[]) => {
    const now = () => [...ready.values()].sort().join();
    await becomesTrue(() => now() === names.join(), patienceMs);
    expect(now()).toBe(names.join());
  };
  const lose = () => {
    trusted = new Set();
  };
  return { pool, made, becomesReady, lose, attempts: () => attempts };
}

function recipe(name: string, memoryBytes = 64 * MiB): WarmRecipe {
  const resources = { cpus: 1, memoryBytes, pids: 16, scratchBytes: MiB };
  const volumes = [{ path: '/workspace/output', access: 'read-write' }] as const;
  const sandbox = { deployment: 'test', volumes, scratch: [], resources, confinement: standardConfinement };
  const image = { reference: 'alpine', digest: 'sha256:1', id: 'sha256:1' };
  const step = {
    image: { reference: 'alpine', pull: 'missing' },
    env: {},
    workingDir: `/${name}`,
    readOnlyRoot: false,
    ignoreError: false,
  } as const;
  const found = warmRecipeOf(sandbox, { step, image });
  if (found === undefined) throw new Error('it should be possible');
  return found;
}
