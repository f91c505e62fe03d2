import { constants } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { type GuardOptions, guardSteps } from './guard-steps.ts';

const bounds = { deadline: 1_000, outputBytes: 100, outputFiles: 10 };
const within = { bytes: 100, files: 10, depth: 3 };

interface Scene {
  readonly now?: number;
  readonly isServed?: boolean;
  readonly hasEnded?: boolean;
  readonly isBounded?: boolean;
  readonly measure?: GuardOptions['measure'];
}

const guards: { stop(): void }[] = [];
afterEach(() => {
  for (const guard of guards.splice(0)) guard.stop();
});

/** Looks some times and returns what was killed. */
async function guard({ now = 0, isServed = false, hasEnded = false, isBounded = true, measure }: Scene) {
  const killed: string[] = [];
  let looks = 0;
  guards.push(
    guardSteps({
      names: ['step-0', 'step-1'],
      steps: {
        bounds: async (name) => {
          looks += 1;
          return isBounded && name === 'step-0' ? bounds : undefined;
        },
        hasEnded: () => {
          looks += hasEnded ? 1 : 0;
          return hasEnded;
        },
        signal: (name, number) => void killed.push(`${name} ${number}`),
      },
      measure: measure ?? (async () => within),
      isServed: () => isServed,
      tell: () => undefined,
      now: () => now,
      lookMs: 1,
    }),
  );
  await vi.waitFor(() => expect(looks).toBeGreaterThan(6), { timeout: 20_000 });
  return killed;
}

const kill = [`step-0 ${constants.signals.SIGKILL}`];

test.each<[string, Scene, readonly string[]]>([
  ['leaves a step within its bounds alone', {}, []],
  ['kills one past its deadline, once', { now: 1_001 }, kill],
  ['kills one that has written too many bytes', { measure: async () => ({ ...within, bytes: 101 }) }, kill],
  ['kills one that has written too many files', { measure: async () => ({ ...within, files: 11 }) }, kill],
  ['leaves a step without bounds alone', { isBounded: false, now: 1_001 }, []],
  ['leaves a step that has ended alone', { hasEnded: true, now: 1_001 }, []],
  ['leaves the deadline to an agent that is connected', { isServed: true, now: 1_001 }, []],
  ['does not trust a connected agent for ever', { isServed: true, now: 1_000_000 }, kill],
  ['kills one past its deadline whose files cannot be counted', { now: 1_001, measure: () => Promise.reject() }, kill],
  ['goes on when files cannot be counted', { measure: () => Promise.reject(new Error('EIO')) }, []],
])('guardSteps: %s', async (_, scene, expected) => {
  expect(await guard(scene)).toEqual(expected);
});
