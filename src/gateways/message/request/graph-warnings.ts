import { isJsonNumber, toDouble } from '../../../support/json/json.ts';
import { relationshipEnds } from '../../../wire/relationship-ends.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';
import { show } from './invalid-request.ts';

type Fields = Readonly<Record<string, unknown>>;

const toldAtMost = 5;

/**
 * Relationships of the request's graph to nodes that it does not have; they are often a mistake and always allowed. Ids
 * are compared as text, so that 1 and "1" are the same. A graph whose nodes have no `id` is not looked at.
 */
export function graphWarnings({ input }: Pick<ExecutionRequest, 'input'>): readonly string[] {
  const graph = input?.graph_data;
  if (graph === undefined) return [];
  const ids = new Set<string>();
  for (const { id } of graph.nodes) if (isId(id)) ids.add(textOf(id));
  if (ids.size === 0) return [];
  const warnings: string[] = [];
  let untold = 0;
  for (const [index, relationship] of graph.relationships.entries()) {
    const [field, id] = endsOf(relationship).find(([, end]) => !ids.has(end)) ?? [];
    if (field === undefined) continue;
    if (warnings.length >= toldAtMost) untold += 1;
    else warnings.push(`input.graph_data.relationships[${index}]: its ${field} ${show(id)} is the id of no node.`);
  }
  return untold === 0 ? warnings : [...warnings, `${untold} more relationships name nodes that are not there.`];
}

function endsOf(relationship: Fields): readonly (readonly [string, string])[] {
  const pair = relationshipEnds.find((fields) => fields.some((field) => isId(relationship[field]))) ?? [];
  return pair.flatMap((field) => (isId(relationship[field]) ? [[field, textOf(relationship[field])] as const] : []));
}

/** The same for `1` and `1.0`. */
function textOf(id: unknown): string {
  return String(toDouble(id));
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || isJsonNumber(value);
}
