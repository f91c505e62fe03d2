import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTracestate } from './traceparent.ts';

test('tracestate: lists of entries are kept as they are', () => {
  for (const state of ['a=1', 'vendor=t61rcWkgMzE,other@system=1', 'a=1, b=2', 'x=='])
    expect(readTracestate(state)).toBe(state);
  for (const state of ['', 'none', '=1', 'a=', `a=${'1'.repeat(512)}`, 7, undefined])
    expect(readTracestate(state)).toBeUndefined();
});

test('tracestate: nothing that is kept can end a header field or hide in a log', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ',', '=', ' ', '\r', '\n', '\u0000', '\u007f', 'é'), maxLength: 40 }),
      (rest) => {
        const state = readTracestate(`a=1${rest}`);
        if (state !== undefined) expect(state).toMatch(/^[ -~]+$/);
      },
    ),
  );
});
