import { fieldName, valueAt } from '../../support/json/field-name.ts';
import { firstIssues } from '../../wire/issues/first-issues.ts';
import { graphSchema } from '../../wire/request/request.ts';

/** What keeps a JSON value from being a graph: `nodes[3] is a string, an object is expected`. */
export function graphProblemOf(value: unknown): string | undefined {
  const [issue] = firstIssues(graphSchema, value, 1);
  if (issue === undefined) return undefined;
  const { path } = issue;
  const where = path.length === 0 ? 'the document' : fieldName(path);
  const expected = issue.code === 'invalid_type' && issue.expected === 'array' ? 'an array' : 'an object';
  return `is no graph: ${where} is ${describe(valueAt(value, path))}, ${expected} is expected.`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  // Numbers that a double cannot hold are objects of the parser's own.
  return Object.getPrototypeOf(value) === Object.prototype ? 'an object' : 'a number';
}
