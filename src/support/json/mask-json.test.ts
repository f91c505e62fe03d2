import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMask } from '../text/mask.ts';
import { maskJson } from './mask-json.ts';

const hide = (json: string, ...secrets: string[]) =>
  maskJson(json, createMask(secrets.map((secret) => Buffer.from(secret))));

test('maskJson: hides a secret in strings, keys and numbers, and the rest keeps its text', () => {
  expect(hide('{"a": "x 48213377 y", "48213377": 48213377, "n": 1.0, "m": -0.0}', '48213377')).toBe(
    '{"a": "x *** y", "***": "***", "n": 1.0, "m": -0.0}',
  );
});

test('maskJson: leaves the words and signs of JSON itself alone', () => {
  expect(hide('{"a":[true,false,null],"b":"untrue"}', 'true', 'null')).toBe('{"a":[true,false,null],"b":"un***"}');
  expect(hide('{"a":[true,false,null],"b":"true"}', 'tru\\', 'xxxx')).toBe('{"a":[true,false,null],"b":"true"}');
});

test('maskJson: finds a secret that is escaped in the JSON', () => {
  expect(hide('{"a":"p\\u00e4ss\\"word"}', 'päss"word')).toBe('{"a":"***"}');
  expect(hide('["a\\\\","b"]', 'a\\"')).toBe('["a\\\\","b"]');
});

test('maskJson: reports a secret that spans several values', () => {
  expect(hide('{"key":{"id":1}}', '{"id":1}')).toBeUndefined();
});

/** The arrays of a document; masking may join keys of an object and turns numbers into strings. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  return typeof value === 'object' && value !== null ? 'object' : 'value';
}

test('maskJson: for any document and secret, the result is JSON of the same shape without the secret', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.oneof(fc.string({ minLength: 4 }), fc.integer({ min: 1000 }).map(String)),
      (json, secret) => {
        const masked = hide(json, secret);
        if (masked === undefined) return;
        expect(shapeOf(JSON.parse(masked))).toEqual(shapeOf(JSON.parse(json)));
        const needle = secret.replace(/[\r\n]+$/, '');
        if (needle.length >= 4 && Buffer.byteLength(needle) >= 4) expect(masked).not.toContain(needle);
      },
    ),
    { numRuns: 2000 },
  );
});

test('maskJson: takes time that grows with the length of the text alone', () => {
  const text = JSON.stringify({ a: '\\"'.repeat(500_000), b: '1'.repeat(500_000), c: '"'.repeat(500_000) });
  expect(hide(text, 'not in there')).toBe(text);
});
