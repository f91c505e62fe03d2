import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../json/indent-json.ts';
import { asNewRequest } from './as-new-request.ts';

test('another request: lacks the correlation id, wherever it was, and nothing else', () => {
  const field = fc.constantFrom('container', 'name', 'x', 'input');
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('"correlation_id": "x"', '\n  "correlation_id": "x",\n', '"', '\\', ',', '}'),
    fc.record({ correlation_id: fc.string() }),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 2 }),
  );
  const entries = fc.uniqueArray(fc.tuple(field, value), { selector: ([name]) => name, maxLength: 4 });
  fc.assert(
    fc.property(entries, fc.nat(4), fc.option(fc.string()), (fields, at, id) => {
      const all: (readonly [string, unknown])[] = [...fields];
      all.splice(at, 0, ['correlation_id', id]);
      const text = asNewRequest(indentJson(JSON.stringify(Object.fromEntries(all))));
      expect(JSON.parse(text)).toEqual(Object.fromEntries(fields));
      const without = indentJson(JSON.stringify(Object.fromEntries(fields)));
      expect(asNewRequest(without)).toBe(without);
    }),
    { numRuns: 500 },
  );
});
