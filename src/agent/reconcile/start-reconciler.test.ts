import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSilentLogger } from '../../telemetry/log.ts';
import { type ReconcilerOptions, startReconciler } from './start-reconciler.ts';

const leaseMs = 30_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Sandboxes {
  /** Whether the attempt counts for which a sweep is made. */
  readonly isCurrent: boolean;
  /** The executions that have sandboxes. */
  readonly sandboxes: readonly string[];
  /** How long a sweep takes. */
  readonly sweepMs: number;
}

/** A reconciler on a Redis that can be away; counts how often it looks for leases that have run out. */
async function open({ isCurrent = true, sandboxes = [], sweepMs = 0 }: Partial<Sandboxes> = {}) {
  let takeovers = 0;
  const removed: string[] = [];
  let isBack = Promise.resolve();
  const never = async () => {
    throw new Error('not expected');
  };
  const queue: ReconcilerOptions['queue'] = {
    expire: async () => {
      takeovers += 1;
      return [];
    },
    held: async () => [],
    purge: async () => undefined,
    isHeld: async () => true,
    isCurrent: async () => isCurrent,
    adopt: never,
    requeue: never,
    finish: never,
  };
  let isStarted = false;
  const reconciler = await startReconciler({
    queue,
    pool: { load: () => 0, renew: async () => undefined, worksOn: () => false, resume: () => undefined },
    runtime: {
      async sweep(_, isKnown) {
        for (const id of sandboxes) if (!(await isKnown(id))) removed.push(id);
        if (isStarted && sweepMs > 0)
          await new Promise((resolve) => {
            setTimeout(resolve, sweepMs);
          });
        return [];
      },
    },
    deployment: 'd',
    home: 'h',
    responses: { announce: never },
    registry: { announce: () => isBack, list: async () => [], withdraw: async () => undefined },
    shortage: async () => undefined,
    leaseMs,
    maxAttempts: 3,
    tidy: async () => undefined,
    entry: { id: 'a', home: 'h', runtime: 'oci', labels: {}, slots: 1 },
    onAgents: () => undefined,
    logger: createSilentLogger(),
  });
  isStarted = true;
  return {
    reconciler,
    takeovers: () => takeovers,
    removed,
    async awayFor(ms: number) {
      isBack = new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
      await vi.advanceTimersByTimeAsync(ms);
    },
  };
}

test('reconciler: takes over in each round', async () => {
  const { reconciler, takeovers } = await open();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(takeovers()).toBe(3);
  await reconciler.stop();
});

test('reconciler: leaves others a whole lease to renew theirs when Redis is back', async () => {
  const { reconciler, takeovers, awayFor } = await open();
  await awayFor(2 * leaseMs);
  expect(takeovers()).toBe(0);
  await vi.advanceTimersByTimeAsync(leaseMs * 0.9);
  expect(takeovers()).toBe(0);
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(takeovers()).toBeGreaterThan(0);
  await reconciler.stop();
});

test('reconciler: takes over also where each round takes most of a lease', async () => {
  const { reconciler, takeovers } = await open({ sweepMs: leaseMs * 0.8 });
  await vi.advanceTimersByTimeAsync(5 * leaseMs);
  expect(takeovers()).toBeGreaterThanOrEqual(4);
  const stopped = reconciler.stop();
  await vi.advanceTimersByTimeAsync(leaseMs);
  await stopped;
});

test('reconciler: leaves others a whole lease also when Redis was away during a long round', async () => {
  const { reconciler, takeovers, awayFor } = await open({ sweepMs: 2.5 * leaseMs });
  await vi.advanceTimersByTimeAsync(leaseMs / 2);
  expect(takeovers()).toBe(1);
  await awayFor(2 * leaseMs);
  await vi.advanceTimersByTimeAsync(leaseMs * 0.9);
  expect(takeovers()).toBe(1);
  const stopped = reconciler.stop();
  await vi.advanceTimersByTimeAsync(3 * leaseMs);
  await stopped;
});

test.each([
  { isCurrent: true, removed: ['mine'], what: 'removes what an earlier attempt of the execution left' },
  {
    isCurrent: false,
    removed: [],
    what: 'leaves the sandbox of a later attempt alone, which another agent has by now',
  },
])('reconciler: a sweep for an attempt $what', async ({ isCurrent, removed }) => {
  const opened = await open({ isCurrent, sandboxes: ['mine', 'other'] });
  await opened.reconciler.sweep({ plan: { id: 'mine' }, attempt: { fence: 2 } });
  expect(opened.removed).toEqual(removed);
  await opened.reconciler.stop();
});
