import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message } from './read-messages.ts';
import { byStream, contentOf, engineWith, messageAt, messages, read } from './scripted-log.contract.ts';

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

describe('a container’s log', () => {
  test('is whole, however many of its last messages the engine kept from the follower', async () => {
    await fc.assert(
      fc.asyncProperty(messages, fc.nat(20), fc.integer({ min: 1, max: 8 }), async (log, followed, tail) => {
        expect(byStream(await read(engineWith(log, followed), tail))).toEqual(byStream(log));
      }),
    );
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
