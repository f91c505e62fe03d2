import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { executionRequestSchema, graphSchema } from '../request/request.ts';
import { firstIssues } from './first-issues.ts';

const hidden = Object.fromEntries([['__proto__', null]]);
const wrongOrRight = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant(hidden),
  fc.constantFrom('', 'a', '/w', '755', 'utf8', 1, 0.5, true, null, ['a'], {}, { a: 'b' }, { '': 'x', 'a=b': 1 }),
);
const maybe = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ weight: 3, arbitrary }, wrongOrRight);
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });
const file = record({ name: wrongOrRight, path: wrongOrRight, content: wrongOrRight, mode: wrongOrRight });
const graph = record({
  nodes: maybe(fc.array(wrongOrRight)),
  relationships: maybe(fc.array(wrongOrRight)),
  metadata: wrongOrRight,
});
const request = record({
  correlation_id: wrongOrRight,
  container: maybe(
    record({ image: fc.constant('a'), command: wrongOrRight, ports: wrongOrRight, resources: wrongOrRight }),
  ),
  input: maybe(record({ files: maybe(fc.array(maybe(file))), graph_data: maybe(graph), config_data: wrongOrRight })),
  output: maybe(record({ expected_files: wrongOrRight })),
  environment: wrongOrRight,
  timeout: wrongOrRight,
  tags: wrongOrRight,
});

const pathsOf = (issues: readonly { readonly path: readonly PropertyKey[] }[]) =>
  [...new Set(issues.map(({ path }) => JSON.stringify(path)))].sort();

/** Of a union, zod reports every choice at its own place; the choice that an object means is reported instead. */
function meantIssues(issue: z.core.$ZodIssue): readonly { readonly path: readonly PropertyKey[] }[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((choice) => choice.every(({ path }) => path.length > 0));
  return inside === undefined ? [issue] : inside.map(({ path }) => ({ path: [...issue.path, ...path] }));
}

test('finds what zod finds, at the same places', () => {
  fc.assert(
    fc.property(maybe(request), (value) => {
      const expected = executionRequestSchema.safeParse(value).error?.issues.flatMap(meantIssues) ?? [];
      expect(pathsOf(firstIssues(executionRequestSchema, value, Number.POSITIVE_INFINITY))).toEqual(pathsOf(expected));
    }),
    { numRuns: 1000 },
  );
});

test('stops at the first few of a million, and sooner than zod would have listed them', () => {
  const nodes = Array.from({ length: 1_000_000 }, () => 'no node');
  const issues = firstIssues(graphSchema, { nodes, relationships: [] }, 3);
  expect(pathsOf(issues)).toEqual(['["nodes",0]', '["nodes",1]', '["nodes",2]']);
});
