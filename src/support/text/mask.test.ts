import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask, longestOpen, needlesOf } from './mask.ts';

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

test('mask: leaves values alone that are too short to be distinguished from other text', () => {
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

describe('mask: its work grows with the length of the text alone', () => {
  test('when one value is everywhere and others are nowhere', () => {
    const absent = Array.from({ length: 50 }, (_, at) => `absent-${at}`);
    const text = Buffer.from('hush'.repeat(50_000));
    let searched = 0;
    text.indexOf = (value, from) => {
      const start = Number(from);
      const found = Buffer.prototype.indexOf.call(text, value, start);
      searched += (found === -1 ? text.length : found + 1) - start;
      return found;
    };
    expect(maskOf('hush', ...absent).bytes(text).length).toBe(150_000);
    expect(searched).toBeLessThanOrEqual(text.length * (absent.length + 1));
  });

  test('when every end may be the beginning of a value', () => {
    const length = 20_000;
    const [needle = expect.fail('it is long enough')] = needlesOf([Buffer.from(`${'a'.repeat(length)}b`)]);
    const text = Buffer.alloc(length, 'a');
    text[length - 1] = 'c'.charCodeAt(0);
    let reads = 0;
    const counted = new Proxy<ArrayLike<number>>(text, {
      get(_, name) {
        if (name === 'length') return text.length;
        reads += 1;
        return text[Number(name)];
      },
    });
    expect(longestOpen(counted, needle)).toBe(0);
    // A byte is read when it is compared, and once more for each border that is tried.
    expect(reads).toBeLessThanOrEqual(4 * length);
  });
});
