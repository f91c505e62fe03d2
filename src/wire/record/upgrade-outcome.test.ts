import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exitOf, phasesOf, usageOf } from './outcome-facts.ts';
import { outcomeSchema, progressSchema } from './record.ts';

const hundredths = fc.integer({ min: 0, max: 1e9 }).map((n) => n / 100);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const older = fc.record({
  failure: optional(fc.record({ code: fc.constantFrom('EXIT_NONZERO', 'TIMEOUT'), message: fc.string() })),
  exit: optional(
    fc.record({
      code: fc.integer({ min: 0, max: 255 }),
      reason: fc.constantFrom('exited', 'out-of-memory', 'runtime-stopped', 'unknown'),
      usage: optional(fc.record({ cpuSeconds: optional(hundredths), memoryPeakBytes: optional(fc.nat()) })),
    }),
  ),
  output: fc.string({ unit: 'binary' }),
  phases: fc.record({ queued: optional(hundredths), ran: hundredths, collected: optional(hundredths) }),
  warnings: fc.array(fc.string()),
  startedAt: fc.constant(1_790_000_000_000),
  finishedAt: fc.constant(1_790_000_100_000),
});

test('outcome: one of an older agent is read with its exit, its usage and its phases', () => {
  fc.assert(
    fc.property(older, (recorded) => {
      const stored: unknown = JSON.parse(JSON.stringify(recorded));
      const outcome = outcomeSchema.parse(stored);
      const { exit, phases, ...rest } = recorded;
      const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
      expect(plain(exitOf(outcome))).toEqual(plain(exit));
      const measured = Object.values(exit?.usage ?? {}).some((value) => value !== undefined);
      expect(plain(usageOf(outcome))).toEqual(plain(measured ? exit?.usage : undefined));
      const { ran: _, ...others } = phases;
      expect(plain(phasesOf(outcome))).toEqual(plain(exit === undefined ? others : phases));
      expect(plain(outcome)).toMatchObject(JSON.parse(JSON.stringify(rest)));
      // Read again, it is the same.
      expect(outcomeSchema.parse(JSON.parse(JSON.stringify(outcome)))).toEqual(outcome);
    }),
  );
});

test('outcome: the step of an older record says that it failed only if it did', () => {
  const stored = { output: 'x', phases: {}, warnings: [], startedAt: 1, finishedAt: 2 };
  const failed = { code: 'EXIT_NONZERO', message: 'm'.repeat(5000) };
  const missing = { code: 'OUTPUT_MISSING', message: 'no a' };
  const stepOf = (more: object) => outcomeSchema.parse({ ...stored, ...more }).steps[0];
  expect(stepOf({ failure: failed, exit: { code: 1, reason: 'exited' } })?.failure).toEqual({
    ...failed,
    message: 'm'.repeat(2000),
  });
  expect(stepOf({ failure: missing, exit: { code: 0, reason: 'exited' } })).not.toHaveProperty('failure');
  expect(stepOf({ failure: missing })).toBeUndefined();
});

test('progress: one of an older agent has no ended steps', () => {
  const stored = { state: 'running', sandbox: {}, container: { id: 'c' }, step: 0, startedAt: 1, deadline: 2 };
  expect(progressSchema.parse(stored)).toEqual({ ...stored, steps: [] });
});
