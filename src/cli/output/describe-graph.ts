import { z } from 'zod';
import { count } from './text/count.ts';

const listSchema = z.array(z.unknown()).optional().catch(undefined);
const graphSchema = z.looseObject({ nodes: listSchema, relationships: listSchema });

/** Returns the counts of a graph update, such as `2 nodes, 1 relationship`. Other fields are ignored. */
export function describeGraph(graph: unknown): string {
  const parsed = graphSchema.safeParse(graph);
  if (!parsed.success) return 'an update of another form';
  const { nodes = [], relationships = [] } = parsed.data;
  return `${count(nodes.length, 'node')}, ${count(relationships.length, 'relationship')}`;
}
