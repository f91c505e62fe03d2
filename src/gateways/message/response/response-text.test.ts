import { expect, test } from 'vitest';
import type { ExecutionResponse } from '../../../wire/response/response.ts';
import { responseText } from './response-text.ts';

const file = { name: 'a', path: '/a', content: 'x'.repeat(5000), encoding: 'utf8', size: 5000 } as const;

function response(more: Partial<NonNullable<ExecutionResponse['result']>> = {}, error = 'It failed.') {
  const metadata = { execution_time: '1.0s', phases: {}, attempt: 1, agent: 'a' };
  const result = { output: '', output_files: [file], minio_objects: [], metadata, ...more };
  const times = { timestamp: new Date(0).toISOString(), duration: '1.0s', execution_id: 'e' };
  return { correlation_id: 'c', success: false, error, result, ...times };
}

test('an answer that is not too large is written as it is', async () => {
  expect(JSON.parse(await responseText(response(), { maxBytes: 10_000 }))).toEqual(response());
});

test('response text: one that is too large loses its contents, then its long texts, and reports it', async () => {
  const lighter = JSON.parse(await responseText(response({ output: 'said' }), { maxBytes: 2000 }));
  expect(lighter.result).toMatchObject({ output: 'said', output_files: [{ name: 'a', truncated: true, size: 5000 }] });
  expect(lighter.result.metadata.warnings).toEqual([expect.stringContaining('EXEC_MESSAGE_MAX')]);
  const long = response({ output: 'y'.repeat(5000), ref: 'there' }, 'z'.repeat(10_000));
  const bare = await responseText(long, { maxBytes: 2000 });
  expect(JSON.parse(bare).result).toMatchObject({ output: '', output_files: [], ref: 'there' });
  expect(bare.length).toBeLessThan(6000);
});

test('response text: one that is too large keeps its steps without their sentences', async () => {
  const [at, range] = [new Date(0).toISOString(), { from: 0, to: 1 }];
  const facts = {
    exit_code: 3,
    error_code: 'EXIT_NONZERO' as const,
    started_at: at,
    finished_at: at,
    output_range: range,
  };
  const steps = Array.from({ length: 3 }, () => ({ ...facts, error: 'z'.repeat(2000), why: 'y'.repeat(2000) }));
  const { result } = JSON.parse(await responseText(response({ steps }), { maxBytes: 4000 }));
  expect(result.steps).toEqual([facts, facts, facts]);
});

test('response text: a graph that is JSON text goes in as it is, in the place of its field', async () => {
  const graph = '{"nodes":[{"id":12345678901234567890,"x":1.0,"__proto__":-0.0}],"relationships":[]}';
  const text = await responseText(response({ graph_update: null, ref: 'there' }), { maxBytes: 10_000, graph });
  expect(text).toContain(`"graph_update":${graph}`);
  expect(Object.keys(JSON.parse(text).result)).toEqual(Object.keys(response({ graph_update: null, ref: '' }).result));
  const lighter = JSON.parse(await responseText(response({ graph_update: null }), { maxBytes: 3000, graph }));
  expect(lighter.result.graph_update).toBeUndefined();
});
