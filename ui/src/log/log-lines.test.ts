import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogLines } from './log-lines.ts';

test('lines: are the same however the output is cut into pieces', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 40 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (output, cuts) => {
      const log = new LogLines();
      const places = [0, ...cuts.sort((a, b) => a - b), output.length];
      for (const [index, place] of places.entries()) log.add('stdout', output.slice(places[index - 1] ?? 0, place));
      const wanted = output.split('\n');
      if (wanted.at(-1) === '') wanted.pop();
      expect(log.lines.map((line) => line.text)).toEqual(wanted);
      expect(log.lines.map((line) => line.number)).toEqual(wanted.map((_, index) => index + 1));
    }),
  );
});

test('lines: of both streams stay apart when their pieces alternate', () => {
  const log = new LogLines();
  log.add('stdout', 'ou');
  log.add('stderr', 'er');
  log.add('stdout', 't\n');
  log.add('stderr', 'r\n');
  expect(log.lines.map(({ stream, text }) => `${stream} ${text}`)).toEqual(['stdout out', 'stderr err']);
});
