import { expect, test } from 'vitest';
import { formatPosition, type LogPlace, parsePosition, placeAfter, sinceOf } from './log-position.ts';

const time = '2026-11-23T02:09:25.429470806Z';
const later = '2026-11-23T02:09:25.5Z';
const place: LogPlace = { anchor: { time, count: 3 }, next: undefined, latest: time, open: {} };

test('log position: can be recorded and read', () => {
  expect(parsePosition(formatPosition(place))).toEqual(place);
  const open = { stdout: { time, bytes: 16_384 }, stderr: { time: later, bytes: 3 } };
  const whole = { ...place, next: { time: later, count: 2 }, latest: later, open };
  expect(parsePosition(formatPosition(whole))).toEqual(whole);
});

test('log position: counts messages from its anchor on', () => {
  const first = placeAfter(undefined, time, {});
  const second = placeAfter(first, time, {});
  expect([first.next, second.next]).toEqual([1, 2].map((count) => ({ time, count })));
  expect(placeAfter(second, later, {})).toMatchObject({ anchor: { count: 3 }, next: { time, count: 3 } });
});

test('log position: moves its anchor on once nothing older has come for a while', () => {
  const moved = [later, '2026-11-23T02:09:26Z', '2026-11-23T02:09:27Z'].reduce<LogPlace>(
    (before, next) => placeAfter(before, next, {}),
    place,
  );
  expect(moved.anchor).toEqual({ time: later, count: 3 });
});

test('log position: keeps its anchor while a long line goes on', () => {
  const open = { stdout: { time, bytes: 16_384 } };
  const kept = placeAfter(placeAfter({ ...place, open }, '2026-11-23T02:09:27Z', open), '2026-11-23T02:09:29Z', open);
  expect(kept.anchor).toEqual({ time, count: 5 });
});

test('log position: the engine is asked by the nanosecond', () => {
  expect(sinceOf(time)).toBe('1795399765.429470806');
  expect(sinceOf('2026-11-23T02:09:25Z')).toBe('1795399765.000000000');
  expect(sinceOf('2026-11-23T03:09:25.5+01:00')).toBe('1795399765.500000000');
});

test.each([
  '',
  'x',
  '#1',
  `${time}#1`,
  `yesterday#1||${time}`,
  `${time}#||${time}`,
  `${time}#-1||${time}`,
  `${time}#1||${time};stdin=x/1`,
])('%j is no position', (position) => {
  expect(() => parsePosition(position)).toThrow('no position');
});
