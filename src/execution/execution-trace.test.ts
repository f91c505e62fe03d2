import { expect, test } from 'vitest';
import type { SpanEnd, Tracing } from '../telemetry/tracing.ts';
import { traceExecution } from './execution-trace.ts';

const plan = { id: 'e1', tenant: 'default', correlationId: null, steps: [] };

function traced() {
  const open = new Map<string, number>();
  const ends = new Map<string, SpanEnd>();
  const count = (name: string, by: number) => open.set(name, (open.get(name) ?? 0) + by);
  const tracing: Tracing = {
    start({ name }) {
      count(name, 1);
      return {
        traceparent: '',
        end(end = {}) {
          count(name, -1);
          ends.set(name, end);
        },
      };
    },
  };
  return { trace: traceExecution(tracing, { plan, number: 1, queuedMs: 5, now: 10 }), open, ends };
}

test.each([
  'finished',
  'detached',
  'released',
  'failed',
] as const)('trace: each span ends once when it has %s', (ended) => {
  const { trace, open } = traced();
  trace.begin('started')();
  const inside = trace.begin('staged');
  trace.end(ended, undefined);
  inside();
  expect([...open]).toEqual(['queued', 'execution', 'started', 'staged'].map((name) => [name, 0]));
});

test('trace: only a finished attempt without a failure is OK', () => {
  const endOf = (...args: Parameters<ReturnType<typeof traced>['trace']['end']>) => {
    const { trace, ends } = traced();
    trace.end(...args);
    return ends.get('execution');
  };
  expect(endOf('finished', undefined)).toMatchObject({ attributes: { 'exec_agent.code': 'OK' } });
  expect(endOf('finished', { code: 'CANCELED', message: 'on request' })).toMatchObject({
    attributes: { 'exec_agent.code': 'CANCELED' },
    error: 'on request',
  });
  expect(endOf('detached', undefined)).toEqual({ attributes: { 'exec_agent.ended': 'detached' }, error: undefined });
  expect(endOf('failed', undefined)?.error).toBe('the agent could not continue');
});

test('trace: its state goes on to containers and calls, beside what belongs to another trace', () => {
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  const { tracestate, traceCall } = traceExecution(undefined, {
    plan: { ...plan, traceparent, tracestate: 'vendor=1' },
    number: 1,
    queuedMs: undefined,
    now: 10,
  });
  expect(tracestate).toBe('vendor=1');
  const call = { service: 'data', method: 'GET' };
  expect(traceCall?.({ ...call, given: undefined })).toMatchObject({ tracestate, keepsState: false });
  const foreign = `00-${'3'.repeat(32)}-${'2'.repeat(16)}-01`;
  expect(traceCall?.({ ...call, given: foreign })).toMatchObject({ traceparent, tracestate, keepsState: false });
  expect(traceCall?.({ ...call, given: traceparent })).toMatchObject({ traceparent, keepsState: true });
});
