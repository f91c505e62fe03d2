import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ExecError } from '../../../support/exec-error.ts';
import { encodeOutput } from '../../beside/output-frames.ts';
import { createOutputDelay } from '../../output-delay.ts';
import { readLogs } from './read-logs.ts';

const never = new AbortController().signal;

/** @param pieces texts of one character each, which is their position */
async function* connectionOf(pieces: readonly string[], isCut: boolean): AsyncGenerator<Buffer> {
  for (const text of pieces)
    yield encodeOutput({ stream: 'stdout', time: 0n, data: Buffer.from(text), position: Number(text) + 1 });
  if (isCut) throw new Error('the connection was cut');
}

/**
 * Reads all, and tells the output that came and in which order things were asked.
 * @param connections what each carries before it is cut; the last one ends as it should
 */
async function readAll(connections: readonly (readonly string[])[], check = () => Promise.resolve()) {
  const remaining = [...connections];
  const asked: string[] = [];
  const outputDelay = createOutputDelay();
  const line = {
    async output(_: string, position: number) {
      asked.push(`output ${position}`);
      const pieces = remaining.shift() ?? [];
      return Readable.from(connectionOf(pieces, remaining.length > 0));
    },
    check() {
      asked.push('check');
      return check().finally(() => late.push(outputDelay.isLate()));
    },
  };
  let text = '';
  const late: boolean[] = [];
  for await (const { data } of readLogs(line, 'step-0', { signal: never, outputDelay })) text += data.toString();
  return { text, asked, late: [...late, outputDelay.isLate()] };
}

describe('readLogs', () => {
  test('goes on where a connection broke', async () => {
    const { text, asked } = await readAll([['0', '1'], ['2'], ['3']]);
    expect(text).toBe('0123');
    expect(asked).toEqual(['output 0', 'check', 'output 2', 'check', 'output 3']);
  });

  test('output: is late while a connection is made again', async () => {
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    expect((await readAll([['0'], ['1']], pause)).late).toEqual([true, false]);
  });

  test('looks at the pod and pauses longer each time that nothing came', async () => {
    const begun = performance.now();
    const { asked } = await readAll([[], [], [], []]);
    expect(asked).toEqual(['output 0', 'check', 'output 0', 'check', 'output 0', 'check', 'output 0']);
    // At least half of 50, 100 and 200 ms; timers may be a little early.
    expect(performance.now() - begun).toBeGreaterThan(160);
  });

  test('fails with what became of the pod', async () => {
    const lost = new ExecError('RUNTIME_UNAVAILABLE', 'The pod was lost.');
    await expect(readAll([[], []], () => Promise.reject(lost))).rejects.toBe(lost);
  });
});
