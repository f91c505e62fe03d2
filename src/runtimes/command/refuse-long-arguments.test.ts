import { expect, test } from 'vitest';
import { maxArgumentBytes } from '../../wire/request/request-limits.ts';
import { maxArgumentsBytes, refuseLongArguments } from './refuse-long-arguments.ts';

const longest = 'x'.repeat(maxArgumentBytes);

test('long arguments: what Linux takes is accepted', () => {
  expect(() => refuseLongArguments(['echo', longest], ['A=b'])).not.toThrow();
});

test.each([
  { command: ['echo', `${longest}x`], env: [], says: /argument 1 of the command has 131072 bytes.*131071.*file/ },
  { command: ['echo', 'é'.repeat(65_536)], env: [], says: /131072 bytes/ },
  { command: ['echo'], env: [`A=${longest}`], says: /variable "A" has 131073 bytes/ },
  { command: ['echo', 'a\0b'], env: [], says: /argument 1 of the command contains a NUL/ },
  { command: ['echo'], env: ['A=a\0b'], says: /variable "A" contains a NUL/ },
  { command: Array.from({ length: 20 }, () => longest), env: [], says: new RegExp(`at most ${maxArgumentsBytes}`) },
  { command: Array.from({ length: 250_000 }, () => ''), env: [], says: /together/ },
])('long arguments: are refused as START_FAILED, with the limit and the advice ($says)', ({ command, env, says }) => {
  expect(() => refuseLongArguments(command, env)).toThrow(expect.objectContaining({ code: 'START_FAILED' }));
  expect(() => refuseLongArguments(command, env)).toThrow(says);
});
