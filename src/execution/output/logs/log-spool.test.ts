import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../support/time/clock.ts';
import { createTranscript } from '../transcript.ts';
import { createLogSpool } from './log-spool.ts';

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function contentOf(handle: { fd: number }, size: number): Promise<string> {
  return (await readFile(`/proc/self/fd/${handle.fd}`)).subarray(0, size).toString();
}

const chunk = (text: string) => ({ stream: 'stdout' as const, time: 1, position: '', data: Buffer.from(text) });

test('whole output: has every byte in order where the response leaves some out, and no name on the disk', () =>
  inDirectory(async (directory) => {
    const spool = createLogSpool({ directory, limitBytes: 1_000_000 });
    const transcript = createTranscript({ keepBytes: 101, answerBytes: 10_000, clock: systemClock, spool });
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}\n`);
    for (const line of lines) {
      transcript.write(chunk(line));
      await transcript.drained();
    }
    transcript.endStreams();
    transcript.mark('the end');
    const whole = (await transcript.whole()) ?? expect.fail('the whole output is kept');
    expect(await contentOf(whole.handle, whole.size)).toBe(`${lines.join('')}\n[… the end …]\n`);
    expect([whole.omittedBytes, whole.lines]).toEqual([0, 502]);
    expect(await readdir(directory)).toEqual([]);
    await transcript.close();
  }));

test('whole output: is not kept on the side where the response has all of it', () =>
  inDirectory(async (directory) => {
    const spool = createLogSpool({ directory, limitBytes: 1000 });
    const transcript = createTranscript({ keepBytes: 100, answerBytes: 10_000, clock: systemClock, spool });
    transcript.write(chunk('short'));
    transcript.endStreams();
    expect(await transcript.whole()).toBeUndefined();
    await transcript.close();
  }));

test('whole output: is kept too where its form as JSON is what has no room', () =>
  inDirectory(async (directory) => {
    const spool = createLogSpool({ directory, limitBytes: 10_000 });
    const transcript = createTranscript({ keepBytes: 5000, answerBytes: 4000, clock: systemClock, spool });
    transcript.write(chunk('\u0001'.repeat(1000)));
    transcript.endStreams();
    expect(transcript.omittedBytes()).toBeGreaterThan(0);
    expect(await transcript.whole()).toMatchObject({ size: 1000 });
    await transcript.close();
  }));

test('whole output: ends at its limit, and the rest is counted', () =>
  inDirectory(async (directory) => {
    const spool = createLogSpool({ directory, limitBytes: 50 });
    spool.append(Buffer.from('x'.repeat(40)));
    spool.append(Buffer.from('y'.repeat(40)));
    spool.append(Buffer.from('z'));
    const { handle, size, omittedBytes } = await spool.end();
    expect([size, omittedBytes]).toEqual([50, 31]);
    expect(await contentOf(handle, size)).toBe(`${'x'.repeat(40)}${'y'.repeat(10)}`);
    await spool.close();
  }));

test('whole output: a disk that fails is an error at the end alone', async () => {
  const spool = createLogSpool({ directory: '/nowhere/at/all', limitBytes: 50 });
  spool.append(Buffer.from('x'));
  await spool.drained();
  await expect(spool.end()).rejects.toMatchObject({ code: 'ENOENT' });
  await spool.close();
});
