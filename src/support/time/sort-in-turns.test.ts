import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortInTurns } from './sort-in-turns.ts';
import { createTurns, stepsPerTurn } from './take-turns.ts';

interface Item {
  readonly rank: number;
  readonly at: number;
}

const byRank = (a: Item, b: Item) => a.rank - b.rank;

test('sort in turns: gives what the stable sort of the engine gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 3000, size: 'max' }), async (ranks) => {
      const items = ranks.map((rank, at) => ({ rank, at }));
      expect(await sortInTurns(items, byRank, createTurns())).toEqual(items.toSorted(byRank));
    }),
    { numRuns: 30 },
  );
});

test('sort in turns: never compares for longer than a turn, however long the list is', async () => {
  const items = Array.from({ length: 100_000 }, (_, at) => ({ rank: (at * 7919) % 100_003, at }));
  let comparisons = 0;
  let most = 0;
  let spent = 0;
  const turns = {
    spend(steps: number) {
      spent += steps;
      return spent >= stepsPerTurn;
    },
    rest() {
      most = Math.max(most, comparisons);
      comparisons = 0;
      spent = 0;
      return Promise.resolve();
    },
  };
  const compare = (a: Item, b: Item) => {
    comparisons += 1;
    return byRank(a, b);
  };
  await sortInTurns(items, compare, turns);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(stepsPerTurn);
});
