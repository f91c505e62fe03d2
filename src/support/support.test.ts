import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costGrowth, linearGrowth } from '../../tests/parts/measure/cost-ratio.ts';
import { ExecError } from './exec-error.ts';
import { compactJson, maxJsonDepth, parseJson, stringifyJson, useDoubles } from './json/json.ts';
import { formatBytes, parseBytes } from './text/bytes.ts';
import { openTogether } from './time/closing.ts';
import { delay, settlesWithin, withDeadline } from './time/deadline.ts';

test('sizes are read in powers of 1024, as Docker reads them', () => {
  expect(['512', '1k', '512m', '2g', '1.5G', '1KiB', '7b'].map(parseBytes)).toEqual([
    512,
    1024,
    512 * 1024 ** 2,
    2 * 1024 ** 3,
    1.5 * 1024 ** 3,
    1024,
    7,
  ]);
  expect(['', 'm', '-1', '1x', '1 2', 'lots'].map(parseBytes)).toEqual(Array(6).fill(undefined));
  expect([0, 1023, 1536, 8 * 1024 ** 2].map(formatBytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '8 MiB']);
});

test('JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  '12345678901234567890',
  '0.1234567890123456789',
  '1e400',
  '-9007199254740993',
  '1.0',
  '-0.0',
  '-0',
  '0.0000001',
  '1e3',
  '1E+3',
  '100000000000000000000000',
])('the number %s keeps its digits', (digits) => {
  expect(stringifyJson(parseJson(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
});

const digits = fc.stringMatching(/^[0-9]{1,24}$/);
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
    fc.oneof(
      fc.constant(''),
      digits.map((text) => `.${text}`),
    ),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,4}$/)),
  )
  .map((parts) => parts.join(''));
const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toJSON'), fc.string());
const documentText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numberText,
    fc.constantFrom('true', 'false', 'null', '"1.0"', '", 1.0,"', '"\x7f1.0"', '"\\\\"', '"\\" -0.0"'),
    fc.string().map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, maxLength: 5 })
      // JavaScript puts keys that are array indexes first.
      .map((pairs) => pairs.map(([name, value]) => `${JSON.stringify(`k${name}`.replace('k__p', '__p'))}:${value}`))
      .map((fields) => `{${fields.join(',')}}`),
  ),
})).value;

test('parseJson: every document comes back with the texts of its numbers', () => {
  fc.assert(
    fc.property(documentText, (text) => {
      expect(stringifyJson(parseJson(text))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test('compactJson: is what parsing and writing give, and the value in doubles', () => {
  fc.assert(
    fc.property(documentText, (text) => {
      const { value, compact } = compactJson(text);
      expect(compact).toBe(stringifyJson(parseJson(text)));
      expect(value).toEqual(JSON.parse(text));
    }),
  );
  expect(compactJson('[ 1.0, "\x7f1.0", "\\"\x7f1" ]').compact).toBe('[1.0,"\x7f1.0","\\"\x7f1"]');
  expect(() => compactJson('['.repeat(maxJsonDepth + 1))).toThrow(SyntaxError);
});

test('parseJson: takes no string for a number', () => {
  for (const string of ['"\x7f1.0"', '"\\u007f1.0"', '"\\u007F1.0"'])
    expect(stringifyJson(parseJson(`[1.0,${string}]`))).toBe('[1.0,"\x7f1.0"]');
});

test('parseJson: the cost of unusual numbers grows as the text does', () => {
  const textOf = (numbers: number) => `[${Array(numbers).fill('1.0').join(',')}]`;
  const parse = (numbers: number) => {
    const text = textOf(numbers);
    return () => parseJson(text);
  };
  expect(parse(3000)()).toHaveLength(3000);
  expect(costGrowth(parse, 3000)).toBeLessThan(linearGrowth);
});

test('parseJson: keeps __proto__ beside an unusual number as a field', () => {
  const text = '{"__proto__":{"a":1.0},"b":12345678901234567890}';
  const value = parseJson(text);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(stringifyJson(value)).toBe(text);
});

test('parseJson: refuses a number as a key, however it is written', () => {
  for (const text of ['{1.0:2}', '[1.0.0]', '[01.0]', '[--1.0]', '[1.]', '[1e]'])
    expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('useDoubles: leaves only the named fields as written', () => {
  const value = useDoubles(parseJson('{"a":1.0,"b":{"c":1.0,"d":[1.0]},"e":12345678901234567890}'), { b: { c: true } });
  expect(stringifyJson(value)).toBe('{"a":1,"b":{"c":1.0,"d":[1]},"e":12345678901234567890}');
});

test('of a repeated key the last value counts, with either parser', () => {
  expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  expect(parseJson('{"a":1,"a":2,"b":12345678901234567890}')).toMatchObject({ a: 2 });
});

test('a deadline rejects with its own reason, a parent with the parent’s', async () => {
  const reason = () => new ExecError('TIMEOUT', 'late');
  const parent = new AbortController();
  const work = (signal: AbortSignal) => delay(60_000, signal);
  await expect(withDeadline({ ms: 1, reason, parent: parent.signal }, work)).rejects.toMatchObject({ code: 'TIMEOUT' });
  const waiting = withDeadline({ ms: 60_000, reason, parent: parent.signal }, work);
  parent.abort(new ExecError('CANCELED', 'by hand'));
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELED' });
});

test('settling is distinguished from taking too long', async () => {
  expect(await settlesWithin(Promise.reject(new Error('no')), 60_000)).toBe(true);
  expect(await settlesWithin(new Promise(() => undefined), 1)).toBe(false);
});

test('what was opened before a failure is closed again, last first', async () => {
  const closed: number[] = [];
  const opening = openTogether(async (closer) => {
    closer.add(() => closed.push(1));
    closer.add(() => {
      closed.push(2);
      throw new Error('cannot close');
    });
    throw new Error('cannot open');
  });
  await expect(opening).rejects.toThrow('cannot open');
  expect(closed).toEqual([2, 1]);
});

test('brackets inside of strings are no nesting, real ones are counted', () => {
  const text = JSON.stringify({ a: '['.repeat(10_000), 'b"\\': '\\"{'.repeat(1000) });
  expect(parseJson(text)).toEqual(JSON.parse(text));
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(stringifyJson(parseJson(nested(maxJsonDepth)))).toBe(nested(maxJsonDepth));
  expect(() => parseJson(nested(maxJsonDepth + 1))).toThrow('nested more than 500 deep');
});
