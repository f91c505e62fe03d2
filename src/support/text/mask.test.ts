import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask } from './mask.ts';

const maskOf = (...values: string[]) => createMask(values.map((value) => Buffer.from(value)));

test.each([
  ['my key is hush-hush!', 'my key is ***!'],
  ['hush-hushhush-hush', '******'],
  ['hush-', 'hush-'],
  ['', ''],
])('%j becomes %j', (text, expected) => {
  expect(maskOf('hush-hush').text(text)).toBe(expected);
});

test('a value that is the beginning of another one does not give the rest of that away', () => {
  const stream = maskOf('abcd', 'abcdefgh').stream();
  const out = ['xabcd', 'efgh abcd'].map((piece) => stream.push(Buffer.from(piece)).toString());
  expect(out.join('') + stream.end().toString()).toBe('x*** ***');
});

test('the line feed at the end of a file is not part of the value, and lines are covered by themselves', () => {
  const mask = maskOf('first-line-of-it\nsecond-line-of-it\n');
  expect(mask.text('a second-line-of-it b')).toBe('a *** b');
  expect(maskOf('hush-hush\n').text('hush-hush.')).toBe('***.');
});

test('values too short to be told from other text are left alone', () => {
  expect(maskOf('abc', '').text('abcabc')).toBe('abcabc');
});

describe('in pieces', () => {
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 });

  test('no value is left, however the text is cut, and all else is', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 3 }),
        text,
        fc.array(fc.nat(60)),
        (values, whole, cuts) => {
          const mask = maskOf(...values);
          const stream = mask.stream();
          const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
          const pieces = places.slice(1).map((end, index) => whole.slice(places[index], end));
          const out =
            pieces.map((piece) => stream.push(Buffer.from(piece)).toString()).join('') + stream.end().toString();
          for (const each of values) expect(out).not.toContain(each);
          expect(out).toBe(mask.text(whole));
        },
      ),
    );
  });
});

describe('mask: takes time by the length of the text alone', () => {
  const longest = 2000;

  test('when one value is everywhere and others are nowhere', () => {
    const mask = maskOf('hush', ...Array.from({ length: 50 }, (_, at) => `absent-${at}`));
    const started = performance.now();
    expect(mask.text('hush'.repeat(500_000)).length).toBe(1_500_000);
    expect(performance.now() - started).toBeLessThan(longest);
  });

  test('when every end may be the beginning of a value', () => {
    const stream = maskOf(`${'a'.repeat(200_000)}b`).stream();
    const started = performance.now();
    for (let piece = 0; piece < 5; piece += 1) stream.push(Buffer.alloc(200_000, 'a'));
    stream.end();
    expect(performance.now() - started).toBeLessThan(longest);
  });
});
