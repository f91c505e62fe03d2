import { graphSchema } from '../wire/request.ts';

const { nodes, relationships } = graphSchema.shape;
const lists = { nodes, relationships };

/**
 * What keeps a JSON value from being a graph: `nodes[3] is a string, an object is expected`. Elements are looked at one
 * by one, since a schema would list every one of a million wrong ones.
 */
export function graphProblemOf(value: unknown): string | undefined {
  if (!isObject(value)) return problem('the document', value, 'an object');
  for (const [name, schema] of Object.entries(lists)) {
    const list: unknown = Reflect.get(value, name);
    if (!Array.isArray(list)) return problem(name, list, 'an array');
    const wrong = list.findIndex((element) => !schema.element.safeParse(element).success);
    if (wrong !== -1) return problem(`${name}[${wrong}]`, list[wrong], 'an object');
  }
  const rest = graphSchema.safeParse({ ...value, nodes: [], relationships: [] });
  return rest.success ? undefined : problem('metadata', Reflect.get(value, 'metadata'), 'an object');
}

function problem(where: string, found: unknown, expected: string): string {
  return `is no graph: ${where} is ${describe(found)}, ${expected} is expected.`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  // Numbers that a double cannot hold are objects of the parser's own.
  return typeof value === 'object' ? 'a number' : `a ${typeof value}`;
}
