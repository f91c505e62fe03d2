import pc from 'picocolors';
import { expect, test } from 'vitest';
import { createTestResponse } from '../../../tests/cli/test-response.ts';
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

test('a file name cannot drive the terminal', () => {
  const file = { name: '\u001b[2J\u202egnp.exe', path: '/x', encoding: 'utf8' as const, size: 1 };
  const lines = summarizeResponse(createTestResponse({ exit: 0, result: { output_files: [file] } }), plain).join('\n');
  expect(lines).toContain('\\x1b[2J\\u202egnp.exe');
  expect(lines).not.toMatch(/[\u202e]/);
});
