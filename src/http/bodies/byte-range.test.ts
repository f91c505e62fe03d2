import { expect, test } from 'vitest';
import { parseRange } from './byte-range.ts';

test('ranges from a place, up to a place, and from the end are understood', () => {
  expect(parseRange('bytes=2-4', 10)).toEqual({ start: 2, end: 4 });
  expect(parseRange('bytes=2-', 10)).toEqual({ start: 2, end: 9 });
  expect(parseRange('bytes=2-400', 10)).toEqual({ start: 2, end: 9 });
  expect(parseRange('bytes=-3', 10)).toEqual({ start: 7, end: 9 });
  expect(parseRange('bytes=-30', 10)).toEqual({ start: 0, end: 9 });
});

test('what is no single range of bytes asks for the whole', () => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=4-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=x-y'])
    expect(parseRange(header, 10)).toBe('none');
});

test('a range of which nothing is there is refused', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) expect(parseRange(header, 10)).toBe('unsatisfiable');
  expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
});
