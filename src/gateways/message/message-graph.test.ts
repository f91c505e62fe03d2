import { expect, test } from 'vitest';
import { stringifyJson } from '../../support/json/json.ts';
import { requestToDraft } from './draft/request-to-draft.ts';
import { context, draft, parse, problemOf } from './message-bench.contract.ts';
import { parseRequest } from './request/parse-request.ts';

test('graph update: may be asked for with and without a warning where there is none', () => {
  const graphOf = (value: boolean | 'optional') => draft({ output: { graph_update: value } }).outputs[0];
  expect(graphOf(true)).toEqual({
    kind: 'graph',
    origin: 'output.graph_update',
    path: '/workspace/output/graph_update.json',
  });
  expect(graphOf('optional')).toMatchObject({ kind: 'graph', optional: true });
  expect(graphOf(false)).toMatchObject({ kind: 'rest' });
  expect(problemOf({ container: { image: 'a' }, output: { graph_update: 'yes' } })).toContain(
    'true, false or "optional"',
  );
});

test('graph: names a node that is none', () => {
  const graph = { nodes: [{}, {}, {}, 'x'], relationships: [] };
  expect(problemOf({ container: { image: 'a' }, input: { graph_data: graph } })).toContain(
    'input.graph_data.nodes[3]: "x" is not valid.',
  );
});

test.each([
  ['source', 'target'],
  ['from', 'to'],
  ['start', 'end'],
  ['startNode', 'endNode'],
])('graph: a relationship with %s and %s to a node that is not there is a warning', (first, second) => {
  const nodes = '[{"id": 1}, {"id": "b"}, {"id": 12345678901234567890}]';
  const relationship = (from: string, to: string) => `{"${first}": ${from}, "${second}": ${to}, "type": "T"}`;
  const good = [relationship('"1"', '"b"'), relationship('12345678901234567890', '1'), '{"type": "T"}'];
  const message = (relationships: readonly string[]) =>
    `{"container":{"image":"a"},"input":{"graph_data":{"nodes":${nodes},"relationships":[${relationships.join()}]}}}`;
  expect(parse(message(good))).toMatchObject({ ok: true, warnings: [] });
  expect(parse(message([...good, relationship('1', '12345678901234567891')]))).toMatchObject({
    ok: true,
    warnings: [`input.graph_data.relationships[3]: its ${second} "12345678901234567891" is the id of no node.`],
  });
  const many = parse(message(Array.from({ length: 8 }, () => relationship('"c"', '1'))));
  expect(many).toMatchObject({
    warnings: { length: 6, 5: '3 more relationships name nodes that are not there.' },
  });
});

test('graph: takes relationships as they are where nodes have no id', () => {
  const graph_data = { nodes: [{ name: 'a' }], relationships: [{ source: 'a', target: 'b' }] };
  expect(parse({ container: { image: 'a' }, input: { graph_data } })).toMatchObject({ ok: true, warnings: [] });
});

test('graph: numbers beyond 2^53 keep their digits, as in the configuration', () => {
  const text =
    '{"container":{"image":"a"},"input":{"graph_data":{"nodes":[{"id":12345678901234567890}],"relationships":[]},"config_data":{"pi":3.14159265358979323846264338}}}';
  const parsed = parse(text);
  if (!parsed.ok) throw parsed.error;
  const contents = requestToDraft(parsed.request, context).inputs.map((input) =>
    input.kind === 'inline' ? input.content : '',
  );
  expect(contents[0]).toContain('12345678901234567890');
  expect(contents[1]).toContain('3.14159265358979323846264338');
});

test('numbers: graph and configuration keep the texts of their numbers, other fields take any form', () => {
  const numbers = '[1.0,-0.0,-0,1e3,0.0000001,12345678901234567890,1.50]';
  const graph = `{"nodes":[{"__proto__":{"x":1.0},"id":1.0}],"relationships":[{"source":1,"n":${numbers}}]}`;
  const config = `{"n":${numbers}}`;
  const parsed = parseRequest(
    `{"container":{"image":"a","resources":{"cpus":1.0,"pids":1e2}},"timeout":60.0,"input":{"graph_data":${graph},"config_data":${config}}}`,
    { maxBytes: 8 * 1024 ** 2 },
  );
  if (!parsed.ok) throw parsed.error;
  const { request } = parsed;
  expect(stringifyJson(request.input?.graph_data)).toBe(graph);
  expect(stringifyJson(request.input?.config_data)).toBe(config);
  expect(request).toMatchObject({ timeout: 60, container: { resources: { cpus: 1, pids: 100 } } });
  expect(parsed.warnings).toEqual([]);
});
