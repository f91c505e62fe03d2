import { relationshipEnds } from '../../../src/wire/relationship-ends.ts';

export interface GraphNode {
  readonly id: string;
  /** What is written beside it. */
  readonly title: string;
  readonly labels: readonly string[];
  /** All of its fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface GraphEdge {
  /** Positions in the list of nodes. */
  readonly from: number;
  readonly to: number;
  readonly type: string;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Relationships whose ends are not among the nodes. */
  readonly loose: number;
}

type Fields = Readonly<Record<string, unknown>>;

const titleNames = ['name', 'title', 'label'];

/** @param update `graph_update` of a response; undefined: it is no graph */
export function readGraph(update: unknown): Graph | undefined {
  if (!isFields(update) || !Array.isArray(update.nodes) || !Array.isArray(update.relationships)) return undefined;
  const nodes = update.nodes.filter(isFields).map(readNode);
  const places = new Map(nodes.map(({ id }, index) => [id, index]));
  const edges: GraphEdge[] = [];
  let loose = 0;
  for (const relationship of update.relationships.filter(isFields)) {
    const [source, target] = endsOf(relationship);
    const [from, to] = [places.get(source), places.get(target)];
    if (from === undefined || to === undefined) loose += 1;
    else edges.push({ from, to, type: textOf(relationship.type) });
  }
  return { nodes, edges, loose };
}

function readNode(fields: Fields, index: number): GraphNode {
  const id = fields.id === undefined ? `#${index + 1}` : textOf(fields.id);
  const properties = isFields(fields.properties) ? fields.properties : fields;
  const title = titleNames.map((name) => properties[name]).find((value) => typeof value === 'string');
  const labels = Array.isArray(fields.labels) ? fields.labels.map(textOf) : [];
  return { id, title: title === undefined || title === '' ? id : title, labels, fields };
}

function endsOf(relationship: Fields): readonly [string, string] {
  const [first] = relationshipEnds;
  const [source, target] = relationshipEnds.find((pair) => pair.some((name) => name in relationship)) ?? first;
  return [textOf(relationship[source]), textOf(relationship[target])];
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
