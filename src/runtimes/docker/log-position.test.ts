import { expect, test } from 'vitest';
import { formatPosition, parsePosition, placeAfter, sinceOf } from './log-position.ts';

const time = '2026-11-23T02:09:25.429470806Z';

test('a position can be recorded and read', () => {
  expect(parsePosition(formatPosition({ time, count: 3 }))).toEqual({ time, count: 3 });
});

test('messages of one time are counted', () => {
  const first = placeAfter(undefined, time);
  const second = placeAfter(first, time);
  expect([first.count, second.count]).toEqual([1, 2]);
  expect(placeAfter(second, '2026-11-23T02:09:25.5Z').count).toBe(1);
});

test('the engine is asked by the nanosecond', () => {
  expect(sinceOf({ time, count: 1 })).toBe('1795399765.429470806');
  expect(sinceOf({ time: '2026-11-23T02:09:25Z', count: 1 })).toBe('1795399765.000000000');
  expect(sinceOf({ time: '2026-11-23T03:09:25.5+01:00', count: 1 })).toBe('1795399765.500000000');
});

test.each(['', 'x', '#1', 'yesterday#1', `${time}#`, `${time}#-1`])('%j is no position', (position) => {
  expect(() => parsePosition(position)).toThrow('no position');
});
