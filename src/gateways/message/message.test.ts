import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { stringifyJson } from '../../support/json/json.ts';
import { type PlanDraft, planDraftSchema } from '../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import { requestToDraft } from './draft/request-to-draft.ts';
import { parseRequest } from './request/parse-request.ts';

const options = { maxBytes: 10_000 };
const context = {
  executionId: crypto.randomUUID(),
  gateway: 'redis',
  tenant: 't',
  warnings: [],
  responseChannel: 'exec-responses',
  servicePort: 9000,
};

function parse(value: unknown) {
  return parseRequest(typeof value === 'string' ? value : JSON.stringify(value), options);
}

function problemOf(value: unknown): string {
  const parsed = parse(value);
  return parsed.ok ? 'it was accepted' : parsed.error.message;
}

function draft(request: Partial<ExecutionRequest>) {
  return requestToDraft({ container: { image: 'alpine' }, ...request }, context);
}

function refusal(request: Partial<ExecutionRequest>): string {
  try {
    draft(request);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was accepted');
}

test('text that is not JSON is refused with a sentence and no correlation id', () => {
  const parsed = parse('{"correlation_id": "a",');
  expect(parsed).toMatchObject({ ok: false, correlationId: null, error: { code: 'INVALID_REQUEST' } });
});

test('a wrong type names the field, its value and what would be right, and keeps the correlation id', () => {
  const parsed = parse({ correlation_id: 'a', container: { image: 7 } });
  expect(parsed).toMatchObject({ ok: false, correlationId: 'a' });
  const message = problemOf({ correlation_id: 'a', container: { image: 7 } });
  expect(message).toContain('container.image: 7');
  expect(message).toContain('string');
});

test('a missing field is said to be missing', () => {
  expect(problemOf({ correlation_id: 'a' })).toContain('container: is missing');
});

test('a message over the limit is refused before it is read', () => {
  expect(problemOf(`"${'x'.repeat(20_000)}"`)).toContain('9.8 KiB');
});

test('unknown fields are accepted and named, at every depth but inside free-form data', () => {
  const parsed = parse({
    container: { image: 'a', picture: 1 },
    input: {
      files: [{ name: 'a', content: '', owner: 'x' }],
      graph_data: { nodes: [{ x: 1 }], relationships: [], y: 1 },
    },
    colour: 'red',
  });
  expect(parsed).toMatchObject({
    ok: true,
    warnings: [
      'container.picture: unknown field, ignored.',
      'input.files[0].owner: unknown field, ignored.',
      'colour: unknown field, ignored.',
    ],
  });
});

test('misspelt fields: one that changes what runs is refused and named with the field that is meant', () => {
  expect(problemOf('{"container":{"image":"a","comand":["ls"]}}')).toBe(
    'container.comand: is not a field. Write "command", or leave it out.',
  );
  expect(problemOf('{"container":{"image":"a"},"timout":5}')).toContain('"timeout"');
  expect(parse({ container: { image: 'a' }, environment: { comand: 'x' } })).toMatchObject({ ok: true, warnings: [] });
});

test('request: of a million wrong fields the first few are reported, at once', () => {
  const text = `{"container":{"image":"a"},"input":{"graph_data":{"nodes":[${Array(1_000_000).fill('0').join(',')}],"relationships":[]}}}`;
  const parsed = parseRequest(text, { maxBytes: text.length });
  if (parsed.ok) throw new Error('it was accepted');
  expect(parsed.error.message).toMatch(/^input\.graph_data\.nodes\[0]: 0 is not valid\./);
  expect(parsed.error.message.length).toBeLessThan(2000);
});

test('expected files: one may be missing if the request says so, and its fields are checked', () => {
  const expected = [{ path: 'a.csv', optional: true }, { path: '/workspace/output/b/' }, 'c'];
  expect(draft({ output: { expected_files: expected } }).outputs).toMatchObject([
    { pattern: 'a.csv', required: false },
    { pattern: 'b/', required: true },
    { pattern: 'c', required: true },
    { kind: 'overflow' },
    { kind: 'rest', root: '/workspace/output' },
  ]);
  expect(() => draft({ output: { expected_files: [{ path: '../a', optional: true }] } })).toThrow(
    'output.expected_files[0].path',
  );
  const container = { image: 'a' };
  expect(problemOf({ container, output: { expected_files: [{ path: 5 }] } })).toContain(
    'output.expected_files[0].path: 5 is not valid.',
  );
  expect(parse({ container, output: { expected_files: [{ path: 'a', optoinal: true }] } })).toMatchObject({
    warnings: ['output.expected_files[0].optoinal: unknown field, ignored. Did you mean "optional"?'],
  });
});

test('stdin: is text, base64 or an input, and becomes a file that the first step reads', () => {
  const inputsOf = (stdin: NonNullable<ExecutionRequest['container']['stdin']>) => {
    const { steps, inputs } = draft({
      container: { image: 'a', stdin },
      input: { files: [{ name: 'd/a', content: 'x' }] },
    });
    return { stdin: steps[0]?.stdin, held: inputs.find(({ origin }) => origin === 'container.stdin') };
  };
  expect(inputsOf('text')).toMatchObject({
    stdin: '/workspace/config/stdin',
    held: { content: 'text', encoding: 'utf8' },
  });
  expect(inputsOf({ content: 'AA==', encoding: 'base64' })).toMatchObject({
    stdin: '/workspace/config/stdin',
    held: { path: '/workspace/config/stdin', content: 'AA==', encoding: 'base64' },
  });
  expect(inputsOf({ input: './d//a' })).toEqual({ stdin: '/workspace/input/d/a', held: undefined });
  expect(draft({}).steps[0]).not.toHaveProperty('stdin');
});

test.each([
  [{}, 'container.stdin: {} needs either content or input'],
  [{ content: 'a', input: 'a' }, 'needs either content or input'],
  [{ input: 'b' }, 'container.stdin.input: "b" is no input of this request'],
  [{ input: '../a' }, 'container.stdin.input'],
  [{ input: 'd/' }, 'names a directory'],
  [{ input: 'a', encoding: 'base64' as const }, 'container.stdin.encoding'],
])('stdin: %j is refused with the field and the fix', (stdin, message) => {
  const files = [{ name: 'a', content: 'x' }];
  expect(() => draft({ container: { image: 'a', stdin }, input: { files } })).toThrow(message);
});

test('stdin: may be below a prefix, of which is not known yet what it brings', () => {
  const minio_objects = [{ object_name: 'data/', local_path: 'd' }];
  const request = { container: { image: 'a', stdin: { input: 'd/x' } }, input: { minio_objects } };
  expect(draft(request).steps[0]).toMatchObject({ stdin: '/workspace/input/d/x' });
});

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

test('of many unknown fields the first few are named, the rest is counted', () => {
  const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x${index}`, 1]));
  const parsed = parse({ container: { image: 'a' }, ...fields });
  expect(parsed).toMatchObject({ ok: true, warnings: { length: 11, 10: '90 more unknown fields were ignored.' } });
});

test('a node that is none is named', () => {
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
])('a relationship with %s and %s to a node that is not there is a warning', (first, second) => {
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

test('relationships of a graph whose nodes have no id are taken as they are', () => {
  const graph_data = { nodes: [{ name: 'a' }], relationships: [{ source: 'a', target: 'b' }] };
  expect(parse({ container: { image: 'a' }, input: { graph_data } })).toMatchObject({ ok: true, warnings: [] });
});

test('JSON that is nested without end is refused, also where anything is allowed', () => {
  const deep = (depth: number) =>
    `{"container":{"image":"a"},"input":{"config_data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`;
  expect(parseRequest(deep(400), { maxBytes: 1e6 })).toMatchObject({ ok: true });
  expect(parseRequest(deep(100_000), { maxBytes: 1e6 })).toMatchObject({
    ok: false,
    error: { code: 'INVALID_REQUEST', message: expect.stringContaining('nested') },
  });
});

test('request: 100,000 inputs are compared as fast as they are read', () => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({ name: `f/${index}`, content: '' }));
  expect(draft({ input: { files } }).inputs).toHaveLength(100_001);
});

test.each([
  'egress',
  'cache',
  'not_before',
  'record_services',
  'replay',
])('the reserved field %s is refused as not supported yet', (field) => {
  expect(problemOf({ container: { image: 'a' }, [field]: {} })).toBe(
    `${field}: not supported yet. Leave the field out.`,
  );
});

test('granted services are in the plan, in variables and in services.json; others get none of it', () => {
  const { network, steps, inputs } = draft({
    service_access: ['ai', 'vector-store', 'ai'],
    service_budget: { ai: { calls: 2 } },
  });
  expect(network).toEqual({
    mode: 'none',
    services: ['ai', 'vector-store'],
    budgets: { ai: { calls: 2 } },
    ports: [],
  });
  const base = 'http://host.docker.internal:9000';
  expect(steps[0]?.env).toMatchObject({
    SERVICE_PROXY_URL: base,
    AI_SERVICE_URL: `${base}/ai`,
    VECTOR_STORE_SERVICE_URL: `${base}/vector-store`,
  });
  expect(steps[0]?.env).not.toHaveProperty('DATA_SERVICE_URL');
  const file = { path: '/workspace/config/services.json' };
  const urls = { ai: `${base}/ai`, 'vector-store': `${base}/vector-store` };
  expect(inputs).toContainEqual(expect.objectContaining({ ...file, content: JSON.stringify(urls) }));
  expect(Object.keys(draft({}).steps[0]?.env ?? {})).not.toContain('SERVICE_PROXY_URL');
  expect(draft({}).inputs).toContainEqual(expect.objectContaining({ ...file, content: '{}' }));
});

test('ports are numbers from 1 to 65535, each on a host port of its own', () => {
  const ports = (given: Record<string, string>) => ({ container: { image: 'a', ports: given } });
  expect(draft(ports({ '8000': '8001' })).network.ports).toEqual([{ container: 8000, host: 8001 }]);
  expect(refusal(ports({ '80': '70000' }))).toMatch(/^container\.ports\.80: "70000" is not a port/);
  expect(refusal(ports({ '0': '80' }))).toMatch(/^container\.ports\.0: "0" is not a port/);
  expect(refusal(ports({ '80': '8080', '81': '8080' }))).toMatch(/^container\.ports: .* names a host port twice/);
});

test('a budget for what was not granted is refused', () => {
  expect(refusal({ service_access: ['data'], service_budget: { ai: { calls: 1 } } })).toMatch(
    /^service_budget\.ai: .*not in service_access/,
  );
  expect(problemOf({ container: { image: 'a' }, service_budget: { ai: { calls: -1 } } })).toMatch(
    /^service_budget\.ai\.calls: -1 is not valid/,
  );
});

test('any path with .. that leaves the input directory is refused, any other stays below it', () => {
  const part = fc.constantFrom('..', '.', 'a', 'b', '', '...', 'ü');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const path = parts.join('/');
      const file = { name: 'f', path, content: '' };
      try {
        const inputs = draft({ input: { files: path === '' ? [] : [file] } }).inputs;
        for (const input of inputs.filter(({ origin }) => origin.startsWith('input.')))
          expect(input.path).toMatch(/^\/workspace\/input\/(?!.*(?:^|\/)\.\.(?:\/|$))./);
      } catch (error) {
        expect(String(error)).toContain('input.files[0].path');
      }
    }),
  );
});

test('parse request: a record can hold every request that is accepted', () => {
  const odd = fc.constantFrom(
    'line\nfeed',
    '..%2f',
    ' ',
    '-rf',
    '\\',
    '*',
    '\u2028',
    'ü',
    'a\rb',
    '~',
    '...',
    'x'.repeat(300),
  );
  const text = fc.oneof(odd, fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }));
  const path = fc.array(text, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const request = fc.record({
    correlation_id: text,
    name: text,
    container: fc.record({
      image: text,
      command: fc.array(text),
      working_dir: path.map((each) => `/${each}`),
      user: text,
    }),
    input: fc.record({
      files: fc.array(fc.record({ name: path, content: fc.string() }), { maxLength: 2 }),
      minio_objects: fc.array(fc.record({ object_name: path, local_path: path, bucket: text }), { maxLength: 2 }),
      objects: fc.array(fc.record({ url: path.map((each) => `https://host/${each}`), path }), { maxLength: 1 }),
    }),
    output: fc.record({ expected_files: fc.array(path, { maxLength: 2 }) }),
    environment: fc.dictionary(text, text),
    tags: fc.dictionary(text, text),
  });
  let accepted = 0;
  fc.assert(
    fc.property(request, (value) => {
      const parsed = parseRequest(JSON.stringify(value), { maxBytes: 1e6 });
      if (!parsed.ok) return;
      let made: PlanDraft;
      try {
        made = requestToDraft(parsed.request, context);
      } catch (error) {
        expect(error).toBeInstanceOf(ExecError);
        return;
      }
      accepted += 1;
      expect(planDraftSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(JSON.parse(JSON.stringify(made)));
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(20);
});

test('request: the error of a path that leaves its directory names the field, the value and the fix', () => {
  const message = refusal({ input: { files: [{ name: 'a', path: '../etc/passwd', content: '' }] } });
  expect(message).toContain('input.files[0].path: "../etc/passwd" leaves its directory.');
  expect(message).toContain('/workspace/input');
});

test('a path that no kernel would take is refused, however many parts it has', () => {
  const path = 'a/'.repeat(1_000_000);
  expect(refusal({ input: { files: [{ name: 'a', path: `${path}b`, content: '' }] } })).toContain('4096 bytes');
  expect(refusal({ output: { expected_files: [path] } })).toContain('4096 bytes');
});

test('inputs: a path of more parts than the bound is refused', () => {
  const path = `${'a/'.repeat(100)}b`;
  expect(refusal({ input: { files: [{ name: 'a', path, content: '' }] } })).toContain('has more than 100 parts');
  expect(refusal({ input: { files: [{ name: 'a', path: `${'a/'.repeat(2040)}b`, content: '' }] } })).toContain(
    'has more than 100 parts',
  );
  expect(draft({ input: { files: [{ name: 'a', path: `${'a/'.repeat(99)}b`, content: '' }] } }).inputs).toHaveLength(2);
});

test('inputs: a file among ten thousand deep ones that would have to be a directory is found', () => {
  const files = Array.from({ length: 10_000 }, (_, at) => ({ name: `${at}${'/a'.repeat(98)}`, content: '' }));
  expect(draft({ input: { files } }).inputs).toHaveLength(10_001);
  const clash = { name: `7${'/a'.repeat(99)}`, content: '' };
  expect(refusal({ input: { files: [clash, ...files] } })).toContain('input.files[0]');
  // A character that sorts before the slash stands between a file and what lies below it.
  const apart = ['a', 'a-b', 'a.c', 'a b', 'a/b'].map((name) => ({ name, content: '' }));
  expect(refusal({ input: { files: apart } })).toContain('input.files[4]');
});

test('two inputs for one path name both', () => {
  const files = [
    { name: 'a.csv', content: '' },
    { name: 'b', path: './a.csv', content: '' },
  ];
  expect(refusal({ input: { files } })).toContain(
    'input.files[1]: "/workspace/input/a.csv" is also the path of input.files[0]',
  );
});

test('a file that would also have to be a directory is refused', () => {
  const files = [
    { name: 'a', content: '' },
    { name: 'a/b', content: '' },
  ];
  expect(refusal({ input: { files } })).toContain('input.files[1]');
});

test('variables that the agent sets may not be redefined', () => {
  expect(refusal({ environment: { EXECUTION_ID: 'x' } })).toContain(
    'environment.EXECUTION_ID: "x" is set by the agent',
  );
  expect(refusal({ environment: { AI_SERVICE_URL: 'x' } })).toContain('environment.AI_SERVICE_URL');
});

test('a name that would be lost on the way is refused', () => {
  const names = Object.fromEntries([['__proto__', 'x']]);
  expect(refusal({ tags: names })).toContain('tags.__proto__');
  expect(refusal({ environment: names })).toContain('environment.__proto__');
});

test('the container gets its own variables and the request’s', () => {
  const [step] = draft({ environment: { N: 1, B: true } }).steps;
  expect(step?.env).toEqual({
    N: '1',
    B: 'true',
    EXECUTION_ID: context.executionId,
    WORKSPACE_INPUT: '/workspace/input',
    WORKSPACE_OUTPUT: '/workspace/output',
    WORKSPACE_CONFIG: '/workspace/config',
  });
});

test('numbers beyond 2^53 in graph and config keep their digits', () => {
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

test('an expected file may be written with its full container path', () => {
  const [output] = draft({ output: { expected_files: ['/workspace/output/a/b.csv'] } }).outputs;
  expect(output).toMatchObject({ kind: 'files', pattern: 'a/b.csv' });
  expect(refusal({ output: { expected_files: ['/etc/passwd'] } })).toContain('output.expected_files[0]');
});

test.each([
  './',
  '.',
  '/workspace/output',
  '/workspace/output/',
  '/workspace/output/.',
  '/workspace//output//',
  '/workspace/./output/a/..',
  'a/..',
  './/./',
])('expected files: %s is the whole output directory', (pattern) => {
  expect(draft({ output: { expected_files: [pattern] } }).outputs[0]).toMatchObject({ kind: 'files', pattern: './' });
});

test('expected files: every spelling of the path to the output directory names the same file', () => {
  const outputs = (path: string) =>
    draft({ output: { expected_files: [path], upload_to: [{ path, url: 'https://example.com/x' }] } }).outputs;
  for (const path of ['a/b.csv', './a//b.csv', '/workspace/output/./a/b.csv', '/workspace/x/../output/a/b.csv'])
    expect(outputs(path)).toMatchObject([{ pattern: 'a/b.csv' }, { name: 'a/b.csv' }, {}, {}]);
  for (const path of ['/workspace', '/workspace/outputs/a', '/', '/workspace/output/../a', '../output/a'])
    expect(() => outputs(path)).toThrow('output.expected_files[0]');
});

test('reply_to has to be a channel below the answer channel', () => {
  expect(draft({ reply_to: 'exec-responses:me' }).address).toEqual({ reply_to: 'exec-responses:me' });
  expect(refusal({ reply_to: 'exec-requests' })).toContain('reply_to: "exec-requests"');
});

test('a memory size that is none says how to write one', () => {
  expect(refusal({ container: { image: 'a', resources: { memory: 'lots' } } })).toContain('Write it as "512m" or "2g"');
});

test('an object with a name that ends in / brings the whole prefix', () => {
  const { inputs } = draft({ input: { minio_objects: [{ object_name: 'data/' }, { object_name: 'x/y.csv' }] } });
  expect(inputs.slice(1)).toMatchObject([
    { kind: 'prefix', prefix: 'data/', path: '/workspace/input' },
    { kind: 'object', name: 'x/y.csv', path: '/workspace/input/y.csv' },
  ]);
});

describe('an input by URL', () => {
  const source = (url: string, more: object = {}) =>
    draft({ input: { objects: [{ url, path: 'x', ...more }] } }).inputs[1];
  const origin = 'input.objects[0]';
  const sha256 = 'aB'.repeat(32);

  test.each([
    [
      's3://bucket/a b/c?d#e%2f',
      { kind: 'object', bucket: 'bucket', name: 'a b/c?d#e%2f', path: '/workspace/input/x' },
    ],
    ['S3://bucket/dir/', { kind: 'prefix', bucket: 'bucket', prefix: 'dir/', path: '/workspace/input/x' }],
    ['https://host/a?b=c', { kind: 'url', url: 'https://host/a?b=c', path: '/workspace/input/x' }],
    ['HTTP://host', { kind: 'url', url: 'http://host/', path: '/workspace/input/x' }],
    ['file:///data/x', { kind: 'url', url: 'file:///data/x', path: '/workspace/input/x' }],
  ])('%s is understood', (url, expected) => {
    expect(source(url)).toEqual({ origin, ...expected });
  });

  test('keeps its checksum', () => {
    for (const url of ['s3://bucket/a', 'https://host/a']) expect(source(url, { sha256 })).toMatchObject({ sha256 });
    expect(() => source('s3://bucket/a/', { sha256 })).toThrow('input.objects[0].url: is a prefix');
    expect(
      problemOf({ container: { image: 'a' }, input: { objects: [{ url: 'x', path: 'x', sha256: 'abc' }] } }),
    ).toContain('input.objects[0].sha256: "abc" is not valid. 64 hexadecimal digits.');
  });

  test.each([
    's3://bucket',
    's3://bucket/',
    's3:///key',
    's3://user:secret@bucket/key',
    's3://../key',
    'ftp://secret@host/x',
    'secret',
    '//host/secret',
    'data:,secret',
    'https://',
    'https://user:secret@host/x',
    'https://secret@host/x',
    'file:///secret/../dir/',
  ])('%s is refused, naming the field and nothing secret', (url) => {
    const message = refusal({ input: { objects: [{ url, path: 'x' }] } });
    expect(message).toMatch(/^input\.objects\[0]\.url: /);
    expect(message).not.toContain('secret');
  });

  test('keeps to the input directory and to a path of its own', () => {
    const objects = [
      { url: 's3://bucket/a', path: 'x' },
      { url: 'https://host/a', path: './x' },
    ];
    expect(refusal({ input: { objects } })).toContain('input.objects[1]');
    expect(refusal({ input: { objects: [{ url: 's3://bucket/a', path: '../x' }] } })).toContain(
      'input.objects[0].path',
    );
    expect(refusal({ input: { objects: [{ url: 's3://bucket/a', path: 'x/' }] } })).toContain('names a directory');
  });
});

test.each([
  ['timeout', '{"container":{"image":"a"},"timeout":12345678901234567890}', '12345678901234567890'],
  ['environment.A', '{"container":{"image":"a"},"environment":{"A":12345678901234567890}}', '12345678901234567890'],
  ['tags.a', '{"container":{"image":"a"},"tags":{"a":12345678901234567890}}', '12345678901234567890'],
  ['container.resources.cpus', '{"container":{"image":"a","resources":{"cpus":1e999}}}', '1e999'],
])('numbers: %s with more digits than can be kept says what to write, without internals', (field, text, digits) => {
  const message = problemOf(text);
  expect(message.startsWith(`${field}: ${digits} is not valid.`)).toBe(true);
  expect(message).toContain('at most 15 digits');
  expect(message).not.toMatch(/lossless|Invalid input/i);
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
