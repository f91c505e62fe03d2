import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExecutionRequest } from '../../wire/request.ts';
import { parseRequest } from './parse-request.ts';
import { requestToDraft } from './request-to-draft.ts';

const options = { maxBytes: 10_000 };
const context = { executionId: crypto.randomUUID(), tenant: 't', warnings: [], responseChannel: 'exec-responses' };

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
    container: { image: 'a', imgae: 1 },
    input: {
      files: [{ name: 'a', content: '', owner: 'x' }],
      graph_data: { nodes: [{ x: 1 }], relationships: [], y: 1 },
    },
    colour: 'red',
  });
  expect(parsed).toMatchObject({
    ok: true,
    warnings: [
      'container.imgae: unknown field, ignored.',
      'input.files[0].owner: unknown field, ignored.',
      'colour: unknown field, ignored.',
    ],
  });
});

test.each([
  'secrets',
  'egress',
  'upload_to',
  'cache',
  'not_before',
  'record_services',
  'replay',
])('the reserved field %s is refused as not supported yet', (field) => {
  expect(problemOf({ container: { image: 'a' }, [field]: {} })).toBe(
    `${field}: not supported yet. Leave the field out.`,
  );
});

test.each<[string, Partial<ExecutionRequest>]>([
  ['service_access', { service_access: ['data'] }],
  ['service_budget', { service_budget: { ai: { calls: 1 } } }],
  ['container.network', { container: { image: 'a', network: 'open' } }],
  ['container.ports', { container: { image: 'a', ports: { '80': '8080' } } }],
  ['container.resources.disk', { container: { image: 'a', resources: { disk: '1g' } } }],
  ['container.resources.gpus', { container: { image: 'a', resources: { gpus: 1 } } }],
])('%s is refused until it exists, never left out', (field, request) => {
  expect(refusal(request)).toBe(`${field}: not supported yet. Leave the field out.`);
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

test('a path that leaves its directory names the field, the value and the cure', () => {
  const message = refusal({ input: { files: [{ name: 'a', path: '../etc/passwd', content: '' }] } });
  expect(message).toContain('input.files[0].path: "../etc/passwd" leaves its directory.');
  expect(message).toContain('/workspace/input');
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

test('reply_to has to be a channel below the answer channel', () => {
  expect(draft({ reply_to: 'exec-responses:me' }).replyTo).toBe('exec-responses:me');
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
