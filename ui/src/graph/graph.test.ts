import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOut } from './lay-out.ts';
import { readGraph } from './read-graph.ts';

test('graph: reads nodes by id, for any names of the ends of its relationships', () => {
  const nodes = [{ id: 1, properties: { name: 'Ada' }, labels: ['Person'] }, { id: '2' }];
  for (const [from, to] of [
    ['source', 'target'],
    ['start', 'end'],
    ['from', 'to'],
    ['startNode', 'endNode'],
  ]) {
    const relationships = [
      { [String(from)]: 1, [String(to)]: '2', type: 'KNOWS' },
      { [String(from)]: 1, [String(to)]: 'nobody' },
    ];
    const graph = readGraph({ nodes, relationships });
    expect(graph?.nodes.map(({ title }) => title)).toEqual(['Ada', '2']);
    expect(graph?.edges).toEqual([{ from: 0, to: 1, type: 'KNOWS' }]);
    expect(graph?.loose).toBe(1);
  }
});

test('graph: any JSON is a graph or none, and every node of a graph has a place', () => {
  const end = fc.integer({ min: 0, max: 12 });
  const graphs = fc.record({
    nodes: fc.array(fc.oneof(fc.record({ id: end }), fc.jsonValue()), { maxLength: 12 }),
    relationships: fc.array(fc.oneof(fc.record({ source: end, target: end }), fc.jsonValue()), { maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.oneof(graphs, fc.jsonValue()), (value) => {
      const graph = readGraph(value);
      if (graph === undefined) return;
      const places = layOut(graph);
      expect(places).toHaveLength(graph.nodes.length);
      for (const { x, y } of places) expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
      expect(layOut(graph)).toEqual(places);
    }),
    { numRuns: 60 },
  );
});
