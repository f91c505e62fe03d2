import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExecError } from '../../../support/exec-error.ts';
import { createOutputDelay } from '../../output-delay.ts';
import type { LogChunk } from '../../runtime.ts';
import { defaultDockerLimits } from '../docker-options.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { followLogs } from './follow-logs.ts';
import { sinceOf } from './log-position.ts';
import type { Message } from './read-messages.ts';

const never = new AbortController().signal;
const quick = { retryPauseMs: 0, logReadTries: 3 };

/**
 * An engine with the log of one container; a follower gets only so many of its messages.
 * @param isUnreadable whether a read fails at this message
 */
function engineWith(
  log: readonly Message[],
  followed: number,
  isUnreadable: (message: Message) => boolean = () => false,
): Engine {
  const refuse = () => {
    throw new ExecError('INTERNAL', 'not asked for');
  };
  return {
    host: 'scripted',
    facts: refuse,
    known: () => undefined,
    losses: () => 0,
    // The container has ended.
    ask: async () => ({ ok: false, status: 404, message: 'no such container' }),
    tell: refuse,
    close: () => undefined,
    async stream({ query = {} }) {
      const since = String(query.since ?? '');
      const from = log.filter((message) => sinceOf(message.time) >= since);
      const shown = query.tail === undefined ? from : from.slice(-Number(query.tail));
      const sent = query.follow === true ? shown.slice(0, followed) : shown;
      const fault = sent.findIndex(isUnreadable);
      const frames = fault < 0 ? sent.map(encode) : [...sent.slice(0, fault).map(encode), encodedFault];
      return { ok: true, value: { body: Readable.from(frames), explain: (error) => error } };
    },
  };
}

function encode({ stream, time, data }: Message): Buffer {
  return frameOf(stream === 'stdout' ? 1 : 2, Buffer.concat([Buffer.from(`${time} `), data]));
}

function frameOf(mark: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = mark;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const encodedFault = frameOf(3, Buffer.from('Error grabbing logs: error unmarshalling log entry: unexpected EOF\n'));

function messageAt(nanosecond: number, text: string, stream: Message['stream'] = 'stdout'): Message {
  const time = `2026-11-23T02:09:25.${String(nanosecond).padStart(9, '0')}Z`;
  return { stream, time, data: Buffer.from(text) };
}

/** As engines with the fault keep a line: in pieces of one time, with the line feed only when there is a single piece. */
function piecesOf(stream: Message['stream'], length: number, nanosecond: number): Message[] {
  const text = 'x'.repeat(length);
  if (length < 16_384) return [messageAt(nanosecond, `${text}\n`, stream)];
  const pieces: Message[] = [];
  for (let from = 0; from <= length; from += 16_384)
    pieces.push(messageAt(nanosecond, text.slice(from, from + 16_384), stream));
  return pieces;
}

/** Pieces of one line stand together or around the next line of the other stream. */
function interleave(lines: readonly Message[][]): Message[] {
  const log: Message[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [line = [], other = []] = [lines[index], lines[index + 1]];
    const [first, ...rest] = line;
    if (first === undefined) continue;
    if (rest.length === 0 || other.length !== 1 || other[0]?.stream === first.stream) {
      log.push(...line);
      continue;
    }
    log.push(first, ...other, ...rest);
    index += 1;
  }
  return log;
}

function follow(engine: Engine, tailMessages: number, from?: string): AsyncGenerator<LogChunk> {
  const limits = { ...defaultDockerLimits, ...quick, logTailMessages: tailMessages, outputDelay: createOutputDelay() };
  return followLogs(engine, 'id', { signal: never, ...(from === undefined ? {} : { from }) }, limits);
}

async function read(engine: Engine, tailMessages: number, from?: string): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of follow(engine, tailMessages, from)) chunks.push(chunk);
  return chunks;
}

function contentOf(chunks: readonly LogChunk[]): string {
  return chunks.map(({ stream, data }) => `${stream}:${Buffer.from(data).toString()}`).join('|');
}

/** Chunks hold several messages; what counts is which bytes each stream got. */
function byStream(parts: readonly { readonly stream: string; readonly data: Uint8Array }[]): Record<string, string> {
  const text = (stream: string) =>
    parts.filter((part) => part.stream === stream).map((part) => Buffer.from(part.data).toString());
  return { stdout: text('stdout').join(''), stderr: text('stderr').join('') };
}

const messages = fc
  .array(
    fc.record({
      nanosecond: fc.integer({ min: 0, max: 6 }),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    }),
    {
      maxLength: 20,
    },
  )
  .map((list) => list.sort((a, b) => a.nanosecond - b.nanosecond))
  .map((list) => list.map(({ nanosecond, stream }, index) => messageAt(nanosecond * 1000, `[${index}]`, stream)));

describe('a container’s log', () => {
  test('is whole, however many of its last messages the engine kept from the follower', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(20), fc.integer({ min: 1, max: 8 }), async (log, followed, tail) => {
        expect(byStream(await read(engineWith(log, followed), tail))).toEqual(byStream(log));
      }),
    );
  });

  /** An entry that is being written becomes readable after so many reads. */
  const unreadable = (times: number, entries: readonly Message[]) => {
    const left = new Map(entries.map((message) => [message, times]));
    return (message: Message) => {
      const more = left.get(message) ?? 0;
      left.set(message, more - 1);
      return more > 0;
    };
  };

  test('is whole, wherever the engine comes upon an entry that it cannot read yet', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(20), fc.infiniteStream(fc.boolean()), async (log, followed, chosen) => {
        const failing = log.filter(() => chosen.next().value).slice(0, quick.logReadTries);
        expect(byStream(await read(engineWith(log, followed, unreadable(1, failing)), 8))).toEqual(byStream(log));
      }),
    );
  });

  test('is whole, also when each of its entries is unreadable at first', async () => {
    const log = Array.from({ length: 20 }, (_, index) => messageAt(index * 50_000_000, `[${index}]`));
    const slow = log.map((message, index) => ({
      ...message,
      time: messageAt(0, '').time.replace(':25.', `:${25 + index}.`),
    }));
    for (const each of [log, slow]) {
      const engine = engineWith(each, each.length, unreadable(quick.logReadTries, each));
      expect(byStream(await read(engine, 8))).toEqual(byStream(each));
    }
  });

  test('with an entry that stays unreadable is read as far as that, then fails in the engine’s words', async () => {
    const log = ['a', 'b', 'c'].map((text, index) => messageAt(index * 1_000_000, text));
    const chunks: LogChunk[] = [];
    const reading = (async () => {
      for await (const chunk of follow(
        engineWith(log, 3, ({ data }) => data.toString() === 'c'),
        8,
      ))
        chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow('unexpected EOF');
    expect(contentOf(chunks)).toBe('stdout:a|stdout:b');
  });

  test('is not waited for any more once its reader is gone', async () => {
    const abort = new AbortController();
    const limits = { ...defaultDockerLimits, outputDelay: createOutputDelay() };
    const engine = engineWith([messageAt(0, 'a')], 1, () => true);
    const reading = followLogs(engine, 'id', { signal: abort.signal }, limits).next();
    setImmediate(() => {
      expect(limits.outputDelay.isLate()).toBe(true);
      abort.abort(new Error('nobody reads'));
    });
    await expect(reading).rejects.toThrow('nobody reads');
    expect(limits.outputDelay.isLate()).toBe(false);
  });

  test('goes on from every position without loss or repetition', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(20), fc.integer({ min: 1, max: 8 }), async (log, followed, tail) => {
        const engine = engineWith(log, followed);
        const all = await read(engine, tail);
        for (const [index, { position }] of all.entries()) {
          const rest = await read(engine, tail, position);
          expect(byStream([...all.slice(0, index + 1), ...rest])).toEqual(byStream(log));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('has every line feed, also of long lines from which the engine takes it, and from every position', async () => {
    const lines = fc.array(
      fc.record({
        stream: fc.constantFrom('stdout' as const, 'stderr' as const),
        length: fc.constantFrom(0, 5, 16_383, 16_384, 16_385, 40_000),
      }),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(20), async (written, followed) => {
        const log = written.flatMap(({ stream, length }, index) => piecesOf(stream, length, index * 1000));
        const last = { stdout: messageAt(999_000_000, 'end'), stderr: messageAt(999_000_001, 'end', 'stderr') };
        const whole = [...log, last.stdout, last.stderr];
        const expected = (of: string) =>
          `${written.map(({ stream, length }) => (stream === of ? `${'x'.repeat(length)}\n` : '')).join('')}end`;
        const engine = engineWith(whole, followed);
        const all = await read(engine, 8);
        expect(byStream(all)).toEqual({ stdout: expected('stdout'), stderr: expected('stderr') });
        for (const [index, { position }] of all.entries()) {
          const rest = await read(engine, 8, position);
          expect(byStream([...all.slice(0, index + 1), ...rest])).toEqual(byStream(all));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('goes on without loss where the streams overtake each other and cut long lines into pieces', async () => {
    const jitter = fc.array(
      fc.record({
        stream: fc.constantFrom('stdout' as const, 'stderr' as const),
        ms: fc.integer({ min: 0, max: 400 }),
        late: fc.integer({ min: 0, max: 5 }),
        length: fc.constantFrom(3, 3, 3, 20_000),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(jitter, fc.nat(30), fc.integer({ min: 1, max: 20 }), async (written, followed, tail) => {
        let clock = 0;
        const last = { stdout: 0, stderr: 0 };
        const lines = written.map(({ stream, ms, late, length }) => {
          clock += ms;
          // One stream by itself never goes back in time.
          last[stream] = Math.max(last[stream] + 1, clock - late);
          return piecesOf(stream, length, last[stream] * 1_000_000 + (stream === 'stdout' ? 1 : 2));
        });
        const log = interleave(lines);
        const engine = engineWith(log, followed);
        const all = await read(engine, tail);
        for (const [index, { position }] of all.entries()) {
          const rest = await read(engine, tail, position);
          expect(byStream([...all.slice(0, index + 1), ...rest])).toEqual(byStream(all));
        }
        const bytes = (parts: readonly { readonly data: Uint8Array }[]) =>
          parts.map(({ data }) => Buffer.from(data).toString().replaceAll('\n', '').length).reduce((a, b) => a + b, 0);
        expect(bytes(all)).toBe(bytes(log));
      }),
      { numRuns: 200 },
    );
  });

  test('has the line feed after a last line of exactly one piece', async () => {
    const log = [...piecesOf('stdout', 16_384, 1000), ...piecesOf('stderr', 32_768, 2000)];
    const expected = { stdout: `${'x'.repeat(16_384)}\n`, stderr: `${'x'.repeat(32_768)}\n` };
    expect(byStream(await read(engineWith(log, 20), 8))).toEqual(expected);
  });

  test('comes in chunks of one stream and one millisecond', async () => {
    const log = [
      messageAt(1_000_000, 'a'),
      messageAt(1_000_001, 'b'),
      messageAt(1_000_002, 'E', 'stderr'),
      messageAt(2_000_000, 'c'),
    ];
    const chunks = await read(engineWith(log, 4), 8);
    expect(contentOf(chunks)).toBe('stdout:a|stdout:b|stderr:E|stdout:c');
    expect(chunks.map(({ time }) => time)).toEqual([1, 1, 1, 2].map((ms) => Date.parse('2026-11-23T02:09:25Z') + ms));
  });
});
