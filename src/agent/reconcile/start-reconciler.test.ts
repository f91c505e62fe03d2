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

/** A reconciler on a Redis that can be away; counts how often it looks for leases that have run out. */
async function open() {
  let takeovers = 0;
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
    isHeld: async () => false,
    adopt: never,
    requeue: never,
    finish: never,
  };
  const reconciler = await startReconciler({
    queue,
    pool: { load: () => 0, renew: async () => undefined, worksOn: () => false, resume: () => undefined },
    runtime: { sweep: async () => [] },
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
  return {
    reconciler,
    takeovers: () => takeovers,
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
