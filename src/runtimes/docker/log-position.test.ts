import { expect, test } from 'vitest';
import { formatPosition, parsePosition, placeAfter, sinceOf } from './log-position.ts';

const time = '2026-11-23T02:09:25.429470806Z';

test('a position can be recorded and read', () => {
  expect(parsePosition(formatPosition({ time, count: 3, open: {} }))).toEqual({ time, count: 3, open: {} });
  const open = { stdout: { time, bytes: 16_384 }, stderr: { time: '2026-11-23T02:09:25.5Z', bytes: 3 } };
  expect(parsePosition(formatPosition({ time, count: 3, open }))).toEqual({ time, count: 3, open });
});

test('messages of one time are counted', () => {
  const first = placeAfter(undefined, time, {});
  const second = placeAfter(first, time, {});
  expect([first.count, second.count]).toEqual([1, 2]);
  expect(placeAfter(second, '2026-11-23T02:09:25.5Z', {}).count).toBe(1);
});

test('the engine is asked by the nanosecond', () => {
  expect(sinceOf({ time })).toBe('1795399765.429470806');
  expect(sinceOf({ time: '2026-11-23T02:09:25Z' })).toBe('1795399765.000000000');
  expect(sinceOf({ time: '2026-11-23T03:09:25.5+01:00' })).toBe('1795399765.500000000');
});

test.each([
  '',
  'x',
  '#1',
  'yesterday#1',
  `${time}#`,
  `${time}#-1`,
  `${time}#1;stdin=x/1`,
])('%j is no position', (position) => {
  expect(() => parsePosition(position)).toThrow('no position');
});
