import { z } from 'zod';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import { type DemoJob, type DemoPlace, expectEqual } from './demo-job.ts';
import { type Script, scriptFor } from './interpreters.ts';

const people = ['ada', 'bob', 'cy', 'dee', 'eve', 'fay', 'gus'];
const friends = [
  ['ada', 'bob'],
  ['ada', 'cy'],
  ['ada', 'dee'],
  ['bob', 'cy'],
  ['eve', 'fay'],
] as const;

const graph = {
  nodes: people.map((id) => ({ id, labels: ['Person'] })),
  relationships: friends.map(([start, end], index) => ({ id: `k${index + 1}`, type: 'KNOWS', start, end })),
};

const expected = { nodes: 7, relationships: 5, components: 3, most_connected: 'ada', degree: 3 };

/** A graph goes in; an analysis and an update of the graph come out. */
export function graphJob({ image, interpreter }: DemoPlace): DemoJob {
  const { file, command } = scriptFor(interpreter, script);
  return {
    title: 'Graph analysis',
    story: 'a graph in; an analysis file and a graph update out',
    request: {
      correlation_id: 'demo-1-graph',
      container: { image, command },
      input: { graph_data: graph, files: [file] },
      output: { expected_files: ['analysis.json'], graph_update: true },
    },
    differences: async (response) => [
      ...expectEqual('success', response.success, true),
      ...expectEqual('analysis.json', analysisOf(response), expected),
      ...expectEqual('components in graph_update', componentsOf(response), {
        ada: 1,
        bob: 1,
        cy: 1,
        dee: 1,
        eve: 2,
        fay: 2,
        gus: 3,
      }),
    ],
  };
}

function analysisOf({ result }: ExecutionResponse): unknown {
  const content = result?.output_files.find(({ name }) => name === 'analysis.json')?.content;
  return content === undefined ? undefined : JSON.parse(content);
}

const updateSchema = z.object({
  nodes: z.array(z.object({ id: z.string(), properties: z.object({ component: z.number() }) })),
});

function componentsOf({ result }: ExecutionResponse): unknown {
  const update = updateSchema.safeParse(result?.graph_update);
  if (!update.success) return undefined;
  return Object.fromEntries(update.data.nodes.map(({ id, properties }) => [id, properties.component]));
}

const script: Script = {
  name: 'analyse',
  python: `import json

with open('/workspace/input/graph_data.json') as file:
    graph = json.load(file)

neighbours = {node['id']: set() for node in graph['nodes']}
for edge in graph['relationships']:
    neighbours[edge['start']].add(edge['end'])
    neighbours[edge['end']].add(edge['start'])

component, components = {}, 0
for start in neighbours:
    if start in component:
        continue
    components += 1
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in component:
            component[name] = components
            waiting.extend(neighbours[name])

hub = max(neighbours, key=lambda name: len(neighbours[name]))
analysis = {
    'nodes': len(graph['nodes']),
    'relationships': len(graph['relationships']),
    'components': components,
    'most_connected': hub,
    'degree': len(neighbours[hub]),
}
update = {
    'nodes': [
        {'id': name, 'properties': {'degree': len(near), 'component': component[name]}}
        for name, near in neighbours.items()
    ],
    'relationships': [],
}
with open('/workspace/output/analysis.json', 'w') as file:
    json.dump(analysis, file)
with open('/workspace/output/graph_update.json', 'w') as file:
    json.dump(update, file)
print('analysed', len(neighbours), 'nodes in', components, 'components')
`,
  node: `import { readFileSync, writeFileSync } from 'node:fs';

const graph = JSON.parse(readFileSync('/workspace/input/graph_data.json', 'utf8'));
const neighbours = new Map(graph.nodes.map(({ id }) => [id, new Set()]));
for (const { start, end } of graph.relationships) {
  neighbours.get(start).add(end);
  neighbours.get(end).add(start);
}

const component = new Map();
let components = 0;
for (const first of neighbours.keys()) {
  if (component.has(first)) continue;
  components += 1;
  const waiting = [first];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (component.has(name)) continue;
    component.set(name, components);
    waiting.push(...neighbours.get(name));
  }
}

const [hub] = [...neighbours].sort(([, a], [, b]) => b.size - a.size)[0];
const analysis = {
  nodes: graph.nodes.length,
  relationships: graph.relationships.length,
  components,
  most_connected: hub,
  degree: neighbours.get(hub).size,
};
const nodes = [...neighbours].map(([id, near]) => ({
  id,
  properties: { degree: near.size, component: component.get(id) },
}));
writeFileSync('/workspace/output/analysis.json', JSON.stringify(analysis));
writeFileSync('/workspace/output/graph_update.json', JSON.stringify({ nodes, relationships: [] }));
console.log('analysed', neighbours.size, 'nodes in', components, 'components');
`,
};
