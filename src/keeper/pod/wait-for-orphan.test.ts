import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type OrphanOptions, waitForOrphan } from './wait-for-orphan.ts';

const quiet = { isServed: () => false, isClaimed: () => true, isEnding: () => false, patienceMs: 3_600_000, lookMs: 1 };

/** Whether it has passed after many looks. */
async function passes(options: Partial<OrphanOptions>): Promise<boolean> {
  const waiting = waitForOrphan({ ...quiet, ...options });
  try {
    return await Promise.race([waiting.passed.then(() => true), delay(200, false)]);
  } finally {
    waiting.stop();
  }
}

test('waitForOrphan: a pod that is ended before an agent had it has nothing to wait for', async () => {
  const ending = { isEnding: () => true };
  await waitForOrphan({ ...quiet, ...ending, isClaimed: () => false }).passed;
  expect(await passes(ending)).toBe(false);
  expect(await passes({ ...ending, isClaimed: () => false, isServed: () => true })).toBe(false);
  expect(await passes({ isClaimed: () => false })).toBe(false);
});

test('waitForOrphan: a pod without an agent waits for as long as it may', async () => {
  await waitForOrphan({ ...quiet, patienceMs: 1 }).passed;
  expect(await passes({ patienceMs: 0, isServed: () => true })).toBe(false);
});

test('waitForOrphan: a pod that was made ahead is retired first, and stays where an execution has it by then', async () => {
  const ahead = (isRetired: boolean) => ({ patienceMs: 1, retire: async () => isRetired });
  await waitForOrphan({ ...quiet, isClaimed: () => false, ahead: ahead(true) }).passed;
  expect(await passes({ isClaimed: () => false, ahead: ahead(false) })).toBe(false);
  expect(await passes({ isClaimed: () => false, isServed: () => true, ahead: ahead(true) })).toBe(false);
  expect(await passes({ ahead: ahead(true) })).toBe(false);
});

test('waitForOrphan: a pod that was made ahead ends on request, also with its agent', async () => {
  const ahead = { patienceMs: 3_600_000, retire: async () => true };
  const ending = { isEnding: () => true, isServed: () => true, ahead };
  await waitForOrphan({ ...quiet, ...ending, isClaimed: () => false }).passed;
  expect(await passes(ending)).toBe(false);
});
