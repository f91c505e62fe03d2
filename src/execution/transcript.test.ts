import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../support/clock.ts';
import { createBoundedText } from './bounded-text.ts';
import { createTranscript } from './transcript.ts';

test('text within the limit comes back as it was, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
      const text = createBoundedText(100_000);
      for (const part of parts) text.append(part);
      expect(text.toString()).toBe(parts.join(''));
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
      const [head = '', tail = ''] = text.toString().split(/\n\[… .* left out …\]\n/);
      expect(all.toString().startsWith(head)).toBe(true);
      expect(all.toString().endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(limit);
      expect(text.omittedBytes()).toBe(all.length - limit);
    }),
  );
});

test('a character that arrives in two pieces is one character', () => {
  const transcript = createTranscript({ keepBytes: 1000, clock: systemClock });
  const bytes = Buffer.from('ü');
  for (const byte of bytes) transcript.write({ stream: 'stdout', time: 0, data: Uint8Array.of(byte), position: '' });
  expect(transcript.output()).toBe('ü');
});

test('a line that comes in pieces is logged once, with the time of its first piece', () => {
  const transcript = createTranscript({ keepBytes: 1000, clock: systemClock });
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
