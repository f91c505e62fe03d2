import { expect, test } from 'vitest';
import { watchOutput } from './watch-output.ts';

const limits = {
  outputBytes: 1_000_000,
  outputFiles: 100,
  outputDepth: 5,
  outputCheckMs: { longest: 40, shortest: 2 },
};

/** How many milliseconds lie between the looks at an output that grows by so much each time. */
async function pausesOf(grow: (look: number) => number, looks: number): Promise<number[]> {
  const over = new AbortController();
  const times = [performance.now()];
  const usage = async () => {
    times.push(performance.now());
    if (times.length > looks) over.abort(new Error('seen enough'));
    return { bytes: grow(times.length), files: 0, depth: 0 };
  };
  await expect(watchOutput({ usage }, limits, over.signal)).rejects.toThrow('seen enough');
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

test('an output that does not grow is looked at seldom', async () => {
  const pauses = await pausesOf(() => 0, 5);
  expect(Math.min(...pauses.slice(1))).toBeGreaterThan(35);
});

test('an output that comes near its bound is looked at often', async () => {
  const pauses = await pausesOf((look) => 1_000_000 - 500_000 / look, 30);
  expect(Math.min(...pauses)).toBeLessThan(30);
});

test('a sandbox on another machine is not watched', async () => {
  expect(await watchOutput({ usage: undefined }, limits, new AbortController().signal)).toBeUndefined();
});
