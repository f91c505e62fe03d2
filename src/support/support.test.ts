import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBytes, parseBytes } from './bytes.ts';
import { openTogether } from './closing.ts';
import { delay, settlesWithin, withDeadline } from './deadline.ts';
import { ExecError } from './exec-error.ts';
import { maxJsonDepth, parseJson, stringifyJson } from './json.ts';

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
])('the number %s keeps its digits', (digits) => {
  expect(stringifyJson(parseJson(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
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

test('settling is told from taking too long', async () => {
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
