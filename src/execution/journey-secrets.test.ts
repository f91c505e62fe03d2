import { expect, test } from 'vitest';
import { answerExecution } from '../../tests/play-execution.ts';

test('secrets are covered in output, events, logs and returned files, however the container writes them', async () => {
  const value = Buffer.from('hush-hush');
  const collected = {
    files: [
      { name: 'a', path: '/a', size: 9, content: 'hush-hush', encoding: 'utf8', truncated: false, sha256: 'x' },
      { name: 'b', path: '/b', size: 9, content: value.toString('base64'), encoding: 'base64', truncated: false },
      { name: 'c', path: '/c', size: 1, content: 'c', encoding: 'utf8', truncated: false, sha256: 'y' },
    ],
    graph: '{"nodes":["hush-hush"]}',
  } as const;
  const outcome = await answerExecution({
    script: {
      output: [
        { stream: 'stdout', text: 'key hush' },
        { stream: 'stderr', text: 'hush-hush' },
        { stream: 'stdout', text: '-hush, hush' },
      ],
      collected: { ...collected, files: [...collected.files] },
    },
    plan: { secrets: [{ name: 'KEY', as: 'variable' }], returnLogs: true },
    secrets: [{ name: 'KEY', as: 'variable', value }],
  });
  expect(JSON.stringify(outcome)).not.toContain('hush-hush');
  expect(outcome.outcome.output).toContain('***, hush');
  expect(outcome.outcome.collected?.files).toMatchObject([
    { name: 'a', content: '***' },
    { name: 'b', content: Buffer.from('***').toString('base64') },
    { name: 'c', content: 'c', sha256: 'y' },
  ]);
  expect(outcome.outcome.warnings.join()).toContain('returned content of a, b');
});
