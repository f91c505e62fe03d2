import { expect, test } from 'vitest';
import { compileGlob, type Glob } from '../../support/patterns/match-glob.ts';
import { stepsPerTurn } from '../../support/time/take-turns.ts';
import { createMatchWork, stepsPerName } from './match-work.ts';

/** Turns that count what is done between two rests. */
function countTurns() {
  let spent = 0;
  const counted = { longest: 0, all: 0, rests: 0 };
  return {
    counted,
    spend(steps: number) {
      spent += steps;
      counted.all += steps;
      counted.longest = Math.max(counted.longest, spent);
      return spent >= stepsPerTurn;
    },
    rest() {
      spent = 0;
      counted.rests += 1;
      return Promise.resolve();
    },
  };
}

function globOf(pattern: string): Glob {
  const glob = compileGlob(pattern);
  if (glob === undefined) throw new Error(`not a glob within the bounds: ${pattern}`);
  return glob;
}

const longName = `${'a'.repeat(250)}/`.repeat(99) + 'a'.repeat(250);
const worst = [
  `{${Array.from({ length: 64 }, (_, at) => `a${at}`).join()}}*${'a'.repeat(600)}b`,
  `**/*${'a'.repeat(125)}b`,
  `**/${`*${'a'.repeat(120)}*/`.repeat(8)}b`,
  `{${'x,'.repeat(63)}*${'a'.repeat(100)}b}`,
  `${'*a'.repeat(500)}*b`,
  `**/${'*/'.repeat(98)}b`,
  `*[${'b-c'.repeat(300)}]`,
];

test.each(worst)('glob matching: lets others run while names are compared with %s', async (pattern) => {
  const turns = countTurns();
  const names = Array.from({ length: 20 }, () => longName);
  expect(await createMatchWork(turns).filter(names, globOf(pattern))).toEqual([]);
  expect(turns.counted.longest).toBeLessThan(stepsPerTurn + 300_000);
});

test('glob matching: stops at its bound', async () => {
  const turns = countTurns();
  const names = Array.from({ length: 1000 }, () => longName);
  expect(await createMatchWork(turns, 1_000_000).filter(names, globOf(`**/*${'a'.repeat(125)}b`))).toBeUndefined();
  expect(turns.counted.all).toBeLessThanOrEqual(1_000_000);
  expect(turns.counted.rests).toBeGreaterThan(5);
});

test('glob matching: what a name begins with rules out most names at once', async () => {
  const turns = countTurns();
  const names = Array.from({ length: 10_000 }, (_, at) => `b/${at}.csv`);
  await createMatchWork(turns).filter(names, globOf('a/*.csv'));
  expect(turns.counted.all - names.length * stepsPerName).toBeLessThan(20_000);
});
