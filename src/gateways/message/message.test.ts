import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { type PlanDraft, planDraftSchema } from '../../wire/plan/plan.ts';
import { requestToDraft } from './draft/request-to-draft.ts';
import { context, draft, parse, problemOf, refusal } from './message-bench.contract.ts';
import { parseRequest } from './request/parse-request.ts';

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

test('of many unknown fields the first few are named, the rest is counted', () => {
  const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x${index}`, 1]));
  const parsed = parse({ container: { image: 'a' }, ...fields });
  expect(parsed).toMatchObject({ ok: true, warnings: { length: 11, 10: '90 more unknown fields were ignored.' } });
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

test('reply_to has to be a channel below the answer channel', () => {
  expect(draft({ reply_to: 'exec-responses:me' }).address).toEqual({ reply_to: 'exec-responses:me' });
  expect(refusal({ reply_to: 'exec-requests' })).toContain('reply_to: "exec-requests"');
});

test('a memory size that is none says how to write one', () => {
  expect(refusal({ container: { image: 'a', resources: { memory: 'lots' } } })).toContain('Write it as "512m" or "2g"');
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
