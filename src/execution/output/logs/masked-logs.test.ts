import { expect, test } from 'vitest';
import type { LogChunk } from '../../../runtimes/runtime.ts';
import { createMask } from '../../../support/text/mask.ts';
import { maskedLogs } from './masked-logs.ts';

test('maskedLogs: what may begin a secret is not lost when the log cannot be read further', async () => {
  async function* logs(): AsyncGenerator<LogChunk> {
    yield { stream: 'stdout', time: 0, data: Buffer.from('x hunt'), position: '' };
    throw new Error('cut off');
  }
  const texts: string[] = [];
  const read = async () => {
    for await (const { data } of maskedLogs(logs(), createMask([Buffer.from('hunter2')])))
      texts.push(Buffer.from(data).toString());
  };
  await expect(read()).rejects.toThrow('cut off');
  expect(texts.join('')).toBe('x hunt');
});
