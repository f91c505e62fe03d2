import { expect, test } from 'vitest';
import { parseSignal } from './parse-signal.ts';

test.each([
  ['SIGINT', 2],
  ['int', 2],
  ['SigUsr1', 10],
  ['15', 15],
  ['37', 37],
  ['SIGRTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
])('parseSignal: %s is %i', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

test.each([
  '',
  '0',
  '65',
  'SIG',
  'SIGNOTHING',
  'SIGRTMIN+31',
  'SIGRTMAX+1',
  '-1',
  'toString',
])('parseSignal: %j is none', (text) => {
  expect(parseSignal(text)).toBeUndefined();
});
