import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLeasePatience } from './lease-patience.ts';

const leaseMs = 30_000;

function open() {
  let now = 1_000_000;
  const patience = createLeasePatience(leaseMs, { now: () => now });
  return {
    lookAfter(ms: number) {
      now += ms;
      return patience.mayTakeOver();
    },
  };
}

test('lease patience: an agent that looks three times in a lease takes over at once', () => {
  const { lookAfter } = open();
  for (let round = 0; round < 10; round++) expect(lookAfter(leaseMs / 3)).toBe(true);
});

test('lease patience: after Redis was away or the host stood still, others get a whole lease', () => {
  const { lookAfter } = open();
  expect(lookAfter(leaseMs / 3)).toBe(true);
  expect(lookAfter(2 * leaseMs)).toBe(false);
  expect(lookAfter(leaseMs / 3)).toBe(false);
  expect(lookAfter(leaseMs / 3)).toBe(false);
  expect(lookAfter(leaseMs / 3)).toBe(true);
});

test('lease patience: a clock that is set back delays no takeover for longer than a lease', () => {
  const { lookAfter } = open();
  expect(lookAfter(2 * leaseMs)).toBe(false);
  expect(lookAfter(-100 * leaseMs)).toBe(false);
  for (let round = 0; round < 3; round++) lookAfter(leaseMs / 3);
  expect(lookAfter(leaseMs / 3)).toBe(true);
});

test('lease patience: nothing is taken over within a lease after a long pause, and then it is', () => {
  const pause = fc.integer({ min: 0, max: 3 * leaseMs });
  fc.assert(
    fc.property(fc.array(pause, { maxLength: 30 }), (pauses) => {
      const { lookAfter } = open();
      let sinceLong = Number.POSITIVE_INFINITY;
      for (const ms of pauses) {
        sinceLong = ms > (leaseMs * 2) / 3 ? 0 : sinceLong + ms;
        expect(lookAfter(ms)).toBe(sinceLong >= leaseMs);
      }
    }),
  );
});
