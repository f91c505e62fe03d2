import { expect, test } from 'vitest';
import { traceFields } from './call-trace.ts';

const trace = { traceparent: 'parent', tracestate: 'vendor=1', keepsState: false, end: () => undefined };
const sent = ['accept', 'Accept: */*\r\n', 'tracestate', 'TraceState: inside=1\r\n'];

test('tracestate: is that of the execution, unless the container sends its own for the same trace', () => {
  const both = 'traceparent: parent\r\ntracestate: vendor=1\r\n';
  expect(traceFields(trace, [])).toBe(both);
  expect(traceFields(trace, sent)).toBe(both);
  expect(traceFields({ ...trace, keepsState: true }, [])).toBe(both);
  expect(traceFields({ ...trace, keepsState: true }, sent)).toBe('traceparent: parent\r\n');
  expect(traceFields({ ...trace, tracestate: undefined }, [])).toBe('traceparent: parent\r\n');
});
