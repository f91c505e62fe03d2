import pc from 'picocolors';
import { expect, test } from 'vitest';
import { createTestResponse } from '../../../tests/cli/helpers/test-response.ts';
import { summarizeResponse } from './summarize-response.ts';

const plain = pc.createColors(false);

test('a success shows its files, graph, uploads, phases and warnings', () => {
  const response = createTestResponse({
    exit: 0,
    result: {
      output_files: [
        { name: 'a.csv', path: '/workspace/output/a.csv', content: 'x', encoding: 'utf8', size: 1536 },
        {
          name: 'deep/big.bin',
          path: '/workspace/output/deep/big.bin',
          encoding: 'base64',
          size: 2 ** 31,
          truncated: true,
        },
      ],
      graph_update: { nodes: [{}, {}], relationships: [{}] },
      minio_objects: [{ object_name: 'executions/c0ffee/output/a.csv', size: 1536 }],
      metadata: {
        execution_time: '0.1s',
        phases: { staged: 12.4, ran: 1500 },
        runtime: 'oci',
        image_digest: `sha256:${'ab'.repeat(32)}`,
        attempt: 1,
        agent: 'test',
        warnings: ['colour: unknown field, ignored.'],
      },
    },
  });
  expect(summarizeResponse(response, plain)).toEqual([
    '✓ Success in 0.1s',
    '  files     a.csv         1.5 KiB',
    '            deep/big.bin  2 GiB, too large for the response',
    '  graph     2 nodes, 1 relationship',
    '  uploads   executions/c0ffee/output/a.csv  1.5 KiB',
    '  phases    staged 12 ms · ran 1.5 s',
    '  runtime   oci · image sha256:abababababab',
    '  warnings  colour: unknown field, ignored.',
  ]);
});

test('a failure begins with its code and its sentence', () => {
  const [first] = summarizeResponse(createTestResponse({ error: 'EXIT_NONZERO', exit: 3 }), plain);
  expect(first).toBe('✗ EXIT_NONZERO (exit code 3, 0.1s)  What happened: EXIT_NONZERO.');
  expect(summarizeResponse(createTestResponse({ error: 'IMAGE_NOT_FOUND' }), plain)).toEqual([
    '✗ IMAGE_NOT_FOUND  What happened: IMAGE_NOT_FOUND.',
  ]);
});

test('summary: several steps are listed with their exit, duration and usage', () => {
  const at = (second: number) => new Date(second * 1000).toISOString();
  const range = { from: 0, to: 0 };
  const failed = { error: 'It failed.', error_code: 'EXIT_NONZERO' as const };
  const steps = [
    { exit_code: 3, ...failed, ignored: true as const, started_at: at(1), finished_at: at(2.5), output_range: range },
    {
      exit_code: 0,
      started_at: at(3),
      finished_at: at(3.2),
      output_range: range,
      resource_usage: { cpu_seconds: 0.123, memory_peak_bytes: 2048 },
    },
    {
      error: 'No such command.',
      error_code: 'START_FAILED' as const,
      started_at: at(4),
      finished_at: at(4),
      output_range: range,
    },
  ];
  expect(
    summarizeResponse(createTestResponse({ error: 'START_FAILED', exit: 0, result: { steps } }), plain).slice(1, 4),
  ).toEqual([
    '  steps   ✗ 1  exit code 3    1.5 s · error ignored',
    '          ✓ 2  exit code 0    200 ms · peak 2 KiB · cpu 0.1 s',
    '          ✗ 3  did not start  0 ms',
  ]);
});

test('a file name cannot drive the terminal', () => {
  const file = { name: '\u001b[2J\u202egnp.exe', path: '/x', encoding: 'utf8' as const, size: 1 };
  const lines = summarizeResponse(createTestResponse({ exit: 0, result: { output_files: [file] } }), plain).join('\n');
  expect(lines).toContain('\\x1b[2J\\u202egnp.exe');
  expect(lines).not.toMatch(/[\u202e]/);
});
