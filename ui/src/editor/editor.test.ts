import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { executionRequestSchema } from '../../../src/wire/request/request.ts';
import { insertField } from './insert-field.ts';
import { placeInJson } from './place-in-json.ts';
import { fieldsAt } from './schema-fields.ts';

const schema = z.toJSONSchema(executionRequestSchema, { io: 'input' });
/** The caret is at the bar. */
const placeAt = (text: string) => placeInJson(text.replace('|', ''), text.indexOf('|'));
const namesAt = (text: string) => fieldsAt(schema, placeAt(text)?.path ?? []).map(({ name }) => name);

test('completion: knows the object that a name is written in', () => {
  expect(placeAt('{|')).toEqual({ path: [], begun: '', from: 1 });
  expect(placeAt('{"container": {"im|')).toEqual({ path: ['container'], begun: 'im', from: 15 });
  expect(placeAt('{"a": [{"x": 1}, {"b\\"": {|')?.path).toEqual(['a', 1, 'b\\"']);
  expect(placeAt('{"a": "{,|')).toBeUndefined();
  expect(placeAt('{"a": |')).toBeUndefined();
  expect(placeAt('{"a": 1|')).toBeUndefined();
  expect(placeAt('[|')).toBeUndefined();
  expect(placeAt('|')).toBeUndefined();
});

test('completion: offers the fields that the schema of requests has there', () => {
  expect(namesAt('{|')).toContain('container');
  expect(namesAt('{"container": {"image": "a", |')).toEqual(expect.arrayContaining(['command', 'resources']));
  expect(namesAt('{"container": {"resources": {|')).toContain('memory');
  expect(namesAt('{"input": {"files": [{"name": "a"}, {|')).toContain('content');
  // One of several forms of a value.
  expect(namesAt('{"container": {"stdin": {|')).toEqual(expect.arrayContaining(['content', 'input']));
  expect(namesAt('{"nothing of the kind": {|')).toEqual([]);
});

test('completion: takes any text and any position, and finds the same place in a whole document as in its begin', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\a \n') })),
      fc.nat(60),
      (text, caret) => {
        const at = Math.min(caret, text.length);
        const place = placeInJson(text, at);
        fieldsAt(schema, place?.path ?? []);
        if (place !== undefined) expect(place.from + place.begun.length).toBeLessThanOrEqual(at);
        expect(placeInJson(text.slice(0, at), at)).toEqual(place);
      },
    ),
  );
});

test('completion: writes the rest of a name and the begin of its value, and leaves a value that is there', () => {
  const insert = (text: string, name: string) => {
    const place = placeAt(text);
    const field = fieldsAt(schema, place?.path ?? []).find((each) => each.name === name);
    if (place === undefined || field === undefined) return undefined;
    const edited = insertField(text.replace('|', ''), place, field);
    return `${edited.text.slice(0, edited.caret)}|${edited.text.slice(edited.caret)}`;
  };
  expect(insert('{|}', 'container')).toBe('{"container": {|}}');
  expect(insert('{"con|}', 'container')).toBe('{"container": {|}}');
  expect(insert('{"con|"}', 'container')).toBe('{"container": {|}}');
  expect(insert('{"container": {"im|": "alpine"}}', 'image')).toBe('{"container": {"image"|: "alpine"}}');
  expect(insert('{"container": {"im|}}', 'image')).toBe('{"container": {"image": "|"}}');
});
