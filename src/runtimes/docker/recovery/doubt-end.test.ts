import { describe, expect, test } from 'vitest';
import { contradicts, doubtByStart } from './doubt-end.ts';
import { lossOf } from './engine-loss.ts';

const at = 1_000_000;
const process = { pid: 1, command: 'sh' };
const seen = { inside: [], shims: [], others: [], seesEngine: true };

test('an end after the loss of the engine is none when the container had ended before', () => {
  expect(contradicts({ at, container: 'ended' }, { code: 255, at: at + 1 })).toBe(true);
});

test('an end that the engine had saved, or that came later, is what it is', () => {
  expect(contradicts({ at, container: 'ended' }, { code: 255, at: at - 1 })).toBe(false);
  expect(contradicts({ at, container: 'ended' }, { code: 255, at: undefined })).toBe(false);
  for (const container of ['running', 'not seen'] as const)
    expect(contradicts({ at, container }, { code: 255, at: at + 1 })).toBe(false);
});

test('a container without processes has ended only where processes of an engine can be seen', () => {
  expect(lossOf({ ...seen, inside: [process] }).container).toBe('running');
  expect(lossOf(seen).container).toBe('ended');
  expect(lossOf({ ...seen, seesEngine: false }).container).toBe('not seen');
  expect(lossOf(undefined).container).toBe('not seen');
});

describe('an end that nobody saw', () => {
  test.each([0, 255])('with code %i may be invented when it came while the engine started', (code) => {
    expect(doubtByStart({ code, at: at + 500 }, at)).toBe('invented');
    expect(doubtByStart({ code, at: at - 1 }, at)).toBe('none');
    expect(doubtByStart({ code, at: at + 600_000 }, at)).toBe('none');
  });

  test.each([137, 143])('with code %i may be the engine’s doing when that was stopped just after', (code) => {
    expect(doubtByStart({ code, at: at - 5000 }, at)).toBe('ended with its engine');
    expect(doubtByStart({ code, at: at + 500 }, at)).toBe('ended with its engine');
    expect(doubtByStart({ code, at: at - 600_000 }, at)).toBe('none');
    expect(doubtByStart({ code, at: at + 600_000 }, at)).toBe('none');
  });

  test('with any other code, or beside an engine whose start cannot be seen, is believed', () => {
    expect(doubtByStart({ code: 3, at: at + 500 }, at)).toBe('none');
    expect(doubtByStart({ code: 255, at: at + 500 }, undefined)).toBe('none');
    expect(doubtByStart({ code: 255, at: undefined }, at)).toBe('none');
  });
});
