import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../support/time/deferred.ts';
import type { LogChunk } from '../../runtime.ts';
import { type ContainerFiles, containerFiles } from './container-files.ts';
import { tailLogs } from './tail-logs.ts';

const never = new AbortController().signal;

describe('the log of a container', () => {
  let files: ContainerFiles;
  beforeEach(async () => {
    files = containerFiles(await mkdtemp(join(tmpdir(), 'logs-')));
    await writeFile(files.stdout, '');
    await writeFile(files.stderr, '');
  });
  afterEach(() => rm(files.directory, { recursive: true }));

  const tail = (ended: Promise<unknown>, more: { readonly from?: string; readonly maxBytes?: number } = {}) =>
    tailLogs({
      files,
      ended,
      isSilent: () => false,
      signal: never,
      closed: never,
      maxBytes: 1024 ** 2,
      pauseMs: 1,
      ...more,
    });

  test('is followed as it grows, and ends after the end with all that was written', async () => {
    const ended = deferred();
    const logs = tail(ended.promise);
    const first = logs.next();
    await appendFile(files.stdout, 'one');
    expect(await textOfNext(first)).toBe('one');
    const second = logs.next();
    await appendFile(files.stderr, 'two');
    expect((await second).value).toMatchObject({ stream: 'stderr' });
    await appendFile(files.stdout, 'three');
    ended.resolve();
    expect(await textOfNext(logs.next())).toBe('three');
    expect((await logs.next()).done).toBe(true);
  });

  test('goes on from a position', async () => {
    await writeFile(files.stdout, 'abcdef');
    const ended = Promise.resolve();
    const from = JSON.stringify({ stdout: 4, stderr: 0 });
    const chunks = await all(tail(ended, { from }));
    expect(chunks.map(textOf)).toEqual(['ef']);
    expect(await all(tail(ended, { from: chunks[0]?.position ?? '' }))).toEqual([]);
  });

  test('is empty when no file was made, or none is known to be needed', async () => {
    await rm(files.stdout);
    await rm(files.stderr);
    expect(await all(tail(Promise.resolve()))).toEqual([]);
    const silent = { files, ended: Promise.resolve(), isSilent: () => true, closed: never, maxBytes: 10, pauseMs: 1 };
    expect(await all(tailLogs({ ...silent, signal: never }))).toEqual([]);
  });

  test('alternates between long streams, a chunk of each in turn, also after the end', async () => {
    const bytes = 64 * 1024;
    await writeFile(files.stdout, 'o'.repeat(2 * bytes + 1));
    await writeFile(files.stderr, 'e'.repeat(bytes + 1));
    const chunks = await all(tail(Promise.resolve()));
    expect(chunks.map(({ stream, data }) => [stream, data.length])).toEqual([
      ['stdout', bytes],
      ['stderr', bytes],
      ['stdout', bytes],
      ['stderr', 1],
      ['stdout', 1],
    ]);
  });

  test('a position from elsewhere is refused', async () => {
    await expect(all(tail(Promise.resolve(), { from: '17' }))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('what lies beyond the bound is not read', async () => {
    await writeFile(files.stdout, 'abcdef');
    expect((await all(tail(Promise.resolve(), { maxBytes: 4 }))).map(textOf)).toEqual(['abcd']);
  });

  test('an aborted reader rejects with the reason while it waits', async () => {
    const abort = new AbortController();
    const ended = deferred();
    const options = { files, ended: ended.promise, isSilent: () => false, closed: never, maxBytes: 10, pauseMs: 1 };
    const next = tailLogs({ ...options, signal: abort.signal }).next();
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
  });
});

async function all(logs: AsyncIterable<LogChunk>): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of logs) chunks.push(chunk);
  return chunks;
}

function textOf({ data }: LogChunk): string {
  return Buffer.from(data).toString();
}

async function textOfNext(next: Promise<IteratorResult<LogChunk, void>>): Promise<string> {
  const { done, value } = await next;
  return done === true ? 'the end' : textOf(value);
}
