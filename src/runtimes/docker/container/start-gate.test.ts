import { expect, test, vi } from 'vitest';
import { becomesTrue } from '../../../../tests/parts/poll.ts';
import { createStartGate } from './start-gate.ts';

const longMs = 60_000;

test('only so many are inside at a time, in the order in which they came', async () => {
  const onQuiet = vi.fn();
  const gate = createStartGate({ width: 2, turnMs: longMs, onQuiet });
  const [first, second] = [await gate.enter(), await gate.enter()];
  const order: number[] = [];
  const third = gate.enter().finally(() => order.push(3));
  const fourth = gate.enter().finally(() => order.push(4));
  first();
  first();
  (await third)();
  second();
  expect(gate.isBusy()).toBe(true);
  (await fourth)();
  expect(order).toEqual([3, 4]);
  expect(gate.isBusy()).toBe(false);
  expect(onQuiet).toHaveBeenCalledTimes(1);
});

test('one that never leaves does not keep the others out for good', async () => {
  const gate = createStartGate({ width: 1, turnMs: 10, onQuiet: () => undefined });
  const late = await gate.enter();
  const next = await gate.enter();
  late();
  expect(gate.isBusy()).toBe(true);
  next();
  expect(await becomesTrue(() => !gate.isBusy(), longMs)).toBe(true);
});
