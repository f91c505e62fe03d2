import { expect, test } from 'vitest';
import { isInvented } from './engine-loss.ts';

const at = Date.parse('2026-11-26T09:20:00.500Z');
const before = '2026-11-26T09:20:00.123456789Z';
const after = '2026-11-26T09:20:02.123456789Z';

test('an end after the loss of the engine is none when the container had ended before', () => {
  expect(isInvented({ at, hadEnded: true }, after)).toBe(true);
});

test('an end that the engine had saved, or that came later, is what it is', () => {
  expect(isInvented({ at, hadEnded: true }, before)).toBe(false);
  expect(isInvented({ at, hadEnded: false }, after)).toBe(false);
  expect(isInvented({ at, hadEnded: true }, undefined)).toBe(false);
});
