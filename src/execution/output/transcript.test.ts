import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../support/time/clock.ts';
import { createBoundedText, joinCut } from './bounded-text.ts';
import { createTranscript } from './transcript.ts';

test('text within the limit comes back as it was, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
      const text = createBoundedText(100_000);
      for (const part of parts) text.append(part);
      expect(joinCut(text.read())).toBe(parts.join(''));
    }),
  );
});

test('of a longer text the beginning and the end are kept, and never more than the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 50 }), { minLength: 20 }), (parts) => {
      const limit = 64;
      const text = createBoundedText(limit);
      for (const part of parts) text.append(part);
      const all = Buffer.from(parts.join(''));
      fc.pre(all.length > limit);
      const [head = '', tail = ''] = joinCut(text.read()).split(/\n\[… .* left out …\]\n/);
      expect(all.toString().startsWith(head)).toBe(true);
      expect(all.toString().endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(limit);
      expect(text.read().omittedBytes).toBe(all.length - Buffer.byteLength(head) - Buffer.byteLength(tail));
    }),
  );
});

test('a character that arrives in two pieces is one character', () => {
  const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes: 1000, clock: systemClock });
  const bytes = Buffer.from('ü');
  for (const byte of bytes) transcript.write({ stream: 'stdout', time: 0, data: Uint8Array.of(byte), position: '' });
  expect(transcript.output()).toBe('ü');
});

test('a line that comes in pieces is logged once, with the time of its first piece', () => {
  const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes: 1000, clock: systemClock });
  transcript.write({ stream: 'stdout', time: 1000, data: Buffer.from('one'), position: '' });
  transcript.write({ stream: 'stderr', time: 1500, data: Buffer.from('other\n'), position: '' });
  transcript.write({ stream: 'stdout', time: 2000, data: Buffer.from(' line\nlast'), position: '' });
  expect(transcript.logs().split('\n')).toEqual([
    '1970-01-01T00:00:01.500Z stderr other',
    '1970-01-01T00:00:01.000Z stdout one line',
    '1970-01-01T00:00:02.000Z stdout last',
    '',
  ]);
});

const logOf = (keepBytes: number, chunks: readonly { time: number; data: Buffer; stream?: 'stdout' | 'stderr' }[]) => {
  const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes, clock: { now: () => 0 } });
  for (const chunk of chunks) transcript.write({ stream: 'stdout', position: '', ...chunk });
  return transcript.logs();
};

test('the log has every line once, however the output was cut, as long as it is not too long', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line.replaceAll('\n', '')}\n`).join(''));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const chunks = places
        .slice(1)
        .map((end, index) => ({ time: index % 3, data: bytes.subarray(places[index], end) }));
      const log = logOf(100_000, chunks);
      expect(log.replaceAll(/^1970-01-01T00:00:00\.00[012]Z stdout /gm, '')).toBe(bytes.toString());
    }),
  );
});

test('of a long log the beginning and the end are kept', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => ({ time: index, data: Buffer.from(`line ${index}\n`) }));
  const log = logOf(1000, lines);
  expect(log).toMatch(/^1970-01-01T00:00:00\.000Z stdout line 0\n/);
  expect(log).toMatch(/\n\[… .* left out …]\n/);
  expect(log).toMatch(/\n1970-01-01T00:00:00\.999Z stdout line 999\n$/);
  expect(log.length).toBeLessThan(1100);
});

test.each([
  ['at once', 64 * 1024],
  ['one by one', 1],
])('millions of empty lines that come %s cost next to nothing', (_how, size) => {
  const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes: 1024 ** 2, clock: systemClock });
  const data = Buffer.alloc(size, '\n');
  const before = process.memoryUsage().rss;
  for (let written = 0; written < 500_000; written += size)
    transcript.write({ stream: 'stdout', time: Math.floor(written / 10), data, position: '' });
  expect(transcript.output().length).toBeLessThan(1.1 * 1024 ** 2);
  expect(transcript.logs().length).toBeLessThan(1.1 * 1024 ** 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
});

test('transcript: a character that never ends becomes U+FFFD, on each stream', () => {
  const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes: 1000, clock: systemClock });
  transcript.write({ stream: 'stdout', time: 0, data: Buffer.from([0x61, 0xf0, 0x9f]), position: '' });
  transcript.write({ stream: 'stderr', time: 0, data: Buffer.from([0xc3]), position: '' });
  transcript.endStreams();
  expect(transcript.output()).toBe('a\ufffd\ufffd');
  expect(transcript.logs()).toMatch(/stdout a\ufffd\n.*stderr \ufffd\n$/);
});

test('transcript: every byte is text or U+FFFD, however it is cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 8 })), (pieces) => {
      const transcript = createTranscript({ answerBytes: 8 * 1024 ** 2, keepBytes: 100_000, clock: systemClock });
      for (const data of pieces) transcript.write({ stream: 'stdout', time: 0, data, position: '' });
      transcript.endStreams();
      expect(transcript.output()).toBe(Buffer.concat(pieces).toString());
    }),
  );
});
