import { useMemo } from 'preact/hooks';
import type { ExecutionView } from '../../api/executions.ts';
import { layOut } from '../../graph/lay-out.ts';
import { type Graph, type GraphNode, readGraph } from '../../graph/read-graph.ts';
import { showInvisible } from '../../log/read-ansi.ts';
import { Name } from '../../parts/basics.tsx';
import { shorten } from '../../parts/format.ts';
import { changeQuery, place } from '../../router.ts';

// The layout of more takes too long, and nobody could read it. A container may write any number of either.
const mostDrawn = 300;
const mostDrawnEdges = 3000;
const mostFieldCharacters = 50_000;
const mostListed = 500;
const margin = 60;

/** Undefined where the execution has left no graph. */
export function graphOf(execution: ExecutionView): Graph | undefined {
  return readGraph(execution.response?.result?.graph_update);
}

/** The graph that a container left: drawn if it is small, and its nodes as a table. */
export function GraphTab({ execution }: { readonly execution: ExecutionView }) {
  const graph = useMemo(() => graphOf(execution), [execution]);
  if (graph === undefined) return <p class="empty">This execution has left no graph (output.graph_update).</p>;
  const { query } = place.value;
  const search = (query.get('q') ?? '').toLowerCase();
  const chosen = graph.nodes.find(({ id }) => id === query.get('node'));
  const found = graph.nodes.filter(
    (node) => search === '' || JSON.stringify(node.fields).toLowerCase().includes(search),
  );
  return (
    <>
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label>
            Nodes that contain
            <input
              type="search"
              data-key="/"
              value={query.get('q') ?? ''}
              onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
            />
          </label>
        </form>
      </search>
      <p class="small" role="status">
        {found.length} of {graph.nodes.length} nodes, {graph.edges.length} relationships
        {graph.loose > 0 && `; ${graph.loose} relationships have an end that is not among the nodes`}
      </p>
      {graph.nodes.length > mostDrawn || graph.edges.length > mostDrawnEdges ? (
        <p class="small">
          Graphs of more than {mostDrawn} nodes or {mostDrawnEdges} relationships are not drawn.
        </p>
      ) : (
        <Drawing graph={graph} chosen={chosen} found={found} />
      )}
      {chosen !== undefined && <pre class="text">{fieldsOf(chosen)}</pre>}
      <NodeTable nodes={found} chosen={chosen} />
    </>
  );
}

interface DrawingProps {
  readonly graph: Graph;
  readonly chosen: GraphNode | undefined;
  readonly found: readonly GraphNode[];
}

function Drawing({ graph, chosen, found }: DrawingProps) {
  const points = useMemo(() => layOut(graph), [graph]);
  const shown = new Set(found);
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(0, ...xs) - margin, Math.min(0, ...ys) - margin];
  const [width, height] = [Math.max(0, ...xs) + margin - left, Math.max(0, ...ys) + margin - top];
  return (
    <svg class="graph" viewBox={`${left} ${top} ${width} ${height}`} role="img" aria-label="The graph, drawn">
      {graph.edges.map(({ from, to, type }, index) => {
        const [start, end] = [points[from], points[to]];
        if (start === undefined || end === undefined) return null;
        return (
          <line key={index} x1={start.x} y1={start.y} x2={end.x} y2={end.y}>
            <title>{showInvisible(shorten(type))}</title>
          </line>
        );
      })}
      {graph.nodes.map((node, index) => {
        const { x, y } = points[index] ?? { x: 0, y: 0 };
        const look = node === chosen ? 'chosen' : shown.has(node) ? '' : 'faint';
        return (
          <g key={index} class={look} transform={`translate(${x} ${y})`}>
            <circle r={8} />
            <text y={20}>{showInvisible(node.title.slice(0, 24))}</text>
          </g>
        );
      })}
    </svg>
  );
}

function NodeTable({
  nodes,
  chosen,
}: {
  readonly nodes: readonly GraphNode[];
  readonly chosen: GraphNode | undefined;
}) {
  if (nodes.length === 0) return <p class="empty">No node contains that.</p>;
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Title</th>
            <th scope="col">Labels</th>
          </tr>
        </thead>
        <tbody>
          {nodes.slice(0, mostListed).map((node, index) => (
            <tr key={index} class={node === chosen ? 'selected' : ''}>
              <td>
                <button type="button" data-row class="quiet-button" onClick={() => choose(node)}>
                  <Name>{node.id}</Name>
                </button>
              </td>
              <td>
                <Name>{node.title}</Name>
              </td>
              <td>
                <Name>{node.labels.join(', ')}</Name>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {nodes.length > mostListed && <p class="small">{nodes.length - mostListed} more: search to see them.</p>}
    </>
  );
}

function fieldsOf({ fields }: GraphNode): string {
  const text = JSON.stringify(fields, undefined, 2);
  const rest = text.length - mostFieldCharacters;
  return `${showInvisible(text.slice(0, mostFieldCharacters))}${rest > 0 ? `\n… ${rest} more characters` : ''}`;
}

function choose({ id }: GraphNode): void {
  changeQuery({ node: id });
}
