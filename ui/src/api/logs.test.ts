import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutToLines } from './logs.ts';

test('part of a log: has whole lines with their numbers, and the parts together are the log', () => {
  const line = fc.array(fc.constantFrom('a', 'é', ' '), { maxLength: 5 }).map((parts) => `${parts.join('')}\n`);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.integer({ min: 12, max: 60 }), (lines, limit) => {
      const log = new TextEncoder().encode(lines.join(''));
      const size = log.length;
      const shown: string[] = [];
      for (let offset = 0; offset < size; ) {
        const start = Math.max(0, offset - 1);
        const linesBefore = log.slice(0, start).filter((byte) => byte === 0x0a).length;
        const part = cutToLines(log.slice(start, start + limit + 1), { start, linesBefore, size });
        expect(part.from).toBe(offset);
        expect(part.firstLine).toBe(shown.length + 1);
        shown.push(...part.lines);
        offset = part.to;
      }
      expect(shown).toEqual(lines.map((each) => each.slice(0, -1)));
    }),
  );
});

test('part of a log: a line that fills it is shown as far as it is there', () => {
  const part = cutToLines(new TextEncoder().encode('xxxx'), { start: 10, linesBefore: 3, size: 100 });
  expect(part).toMatchObject({ lines: ['xxxx'], from: 10, to: 14 });
});
