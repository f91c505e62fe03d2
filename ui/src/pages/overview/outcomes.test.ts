import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barsOf, outcomesOf } from './outcomes.ts';

test('outcomes: every execution is counted once', () => {
  const states = { queued: 1, running: 2, finished: 9 };
  expect(outcomesOf({ states, codes: { OK: 4, CANCELED: 1, TIMEOUT: 3, INTERNAL: 1 } })).toEqual({
    ok: 4,
    failed: 4,
    canceled: 1,
    open: 3,
  });
});

test('bars: the highest reaches the top, none goes beyond it, and pieces follow one another', () => {
  const part = fc.record({
    since: fc.constant('2026-01-01T00:00:00Z'),
    states: fc.record({ running: fc.nat(5) }),
    codes: fc.record({ OK: fc.nat(9), TIMEOUT: fc.nat(9) }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 10 }), (history) => {
      const { bars, most } = barsOf({ history });
      for (const { pieces } of bars) {
        for (const [index, { from, to }] of pieces.entries()) {
          expect(from).toBe(pieces[index - 1]?.to ?? 0);
          expect(to).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
      const tops = bars.map(({ pieces }) => pieces.at(-1)?.to ?? 0);
      if (most > 1) expect(Math.max(...tops)).toBeCloseTo(1);
    }),
  );
});
