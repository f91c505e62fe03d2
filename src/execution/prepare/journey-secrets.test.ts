import { expect, test } from 'vitest';
import { answerExecution } from '../../../tests/executions/play-execution.ts';

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
});

test('secrets: one that is spelled like a word of the agent changes nothing of the record', async () => {
  const words = ['exited', 'utf8', 'EXIT_NONZERO', 'scripted', 'finished', 'sha256', '"name":'];
  const secrets = words.map((word, index) => ({
    name: `KEY_${index}`,
    as: 'variable' as const,
    value: Buffer.from(word),
  }));
  const files = [{ name: 'a', path: '/a', size: 1, content: 'a', encoding: 'utf8' as const, truncated: false }];
  const { outcome } = await answerExecution({
    script: { exit: { code: 3, reason: 'exited' }, collected: { files, graph: '{"nodes":["finished"]}' } },
    plan: { secrets: secrets.map(({ name, as }) => ({ name, as })) },
    secrets,
  });
  expect(outcome).toMatchObject({
    failure: { code: 'EXIT_NONZERO' },
    steps: [{ exit: { code: 3, reason: 'exited' } }],
    runtime: 'scripted',
    collected: { files, graph: '{"nodes":["***"]}' },
  });
});

test('secrets: a number in a graph is hidden and the graph stays JSON', async () => {
  const { outcome } = await answerExecution({
    script: { collected: { graph: '{"nodes":[{"id":48213377,"n":1.0}],"relationships":[]}' } },
    plan: { secrets: [{ name: 'PIN', as: 'variable' }] },
    secrets: [{ name: 'PIN', as: 'variable', value: Buffer.from('48213377') }],
  });
  expect(outcome.collected?.graph).toBe('{"nodes":[{"id":"***","n":1.0}],"relationships":[]}');
});

test('secrets: a graph in which one cannot be hidden is OUTPUT_INVALID and not returned', async () => {
  const { outcome } = await answerExecution({
    script: { collected: { graph: '{"nodes":[{"id":1}],"relationships":[]}' } },
    plan: { secrets: [{ name: 'KEY', as: 'variable' }] },
    secrets: [{ name: 'KEY', as: 'variable', value: Buffer.from('[{"id":1}]') }],
  });
  expect(outcome.failure?.code).toBe('OUTPUT_INVALID');
  expect(outcome.collected?.graph).toBeUndefined();
});

test('graph: one that a driver collected and that is not JSON is OUTPUT_INVALID, and the rest is kept', async () => {
  const { outcome } = await answerExecution({
    script: { output: [{ stream: 'stdout', text: 'kept' }], collected: { graph: '{"nodes":[' } },
  });
  expect(outcome.failure).toMatchObject({ code: 'OUTPUT_INVALID', message: expect.stringContaining('is not JSON') });
  expect(outcome.output).toBe('kept');
  expect(outcome.collected?.graph).toBeUndefined();
});
