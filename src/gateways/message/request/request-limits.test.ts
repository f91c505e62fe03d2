import { expect, test } from 'vitest';
import { maxArgumentBytes, requestLimits } from '../../../wire/request/request-limits.ts';
import { requestToDraft } from '../draft/request-to-draft.ts';
import { context } from '../message-bench.contract.ts';
import { parseRequest } from './parse-request.ts';

function problemOf(request: object): string | undefined {
  const parsed = parseRequest(JSON.stringify({ container: { image: 'a' }, ...request }), { maxBytes: 64 * 1024 ** 2 });
  if (!parsed.ok) return parsed.error.message;
  try {
    requestToDraft(parsed.request, context);
  } catch (error) {
    return error instanceof Error ? error.message : 'something else was thrown';
  }
  return undefined;
}

const list = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, at) => item(at));
const map = <T>(count: number, item: (index: number) => readonly [string, T]) => Object.fromEntries(list(count, item));
const inContainer = (fields: object) => ({ container: { image: 'a', ...fields } });
const file = (at: number) => ({ name: `f${at}`, content: '' });

test.each<[string, number, (count: number) => object]>([
  ['container.command', requestLimits.arguments, (count) => inContainer({ command: list(count, () => 'a') })],
  ['container.entrypoint', requestLimits.arguments, (count) => inContainer({ entrypoint: list(count, () => 'a') })],
  [
    'container.ports',
    requestLimits.ports,
    (count) => inContainer({ ports: map(count, (at) => [`${at + 1}`, 20_000 + at]) }),
  ],
  ['input.files', requestLimits.files, (count) => ({ input: { files: list(count, file) } })],
  [
    'input.minio_objects',
    requestLimits.objects,
    (count) => ({ input: { minio_objects: list(count, (at) => ({ object_name: `o${at}` })) } }),
  ],
  [
    'input.objects',
    requestLimits.objects,
    (count) => ({ input: { objects: list(count, (at) => ({ url: 's3://bucket/o', path: `o${at}` })) } }),
  ],
  [
    'output.expected_files',
    requestLimits.expectedFiles,
    (count) => ({ output: { expected_files: list(count, (at) => `f${at}`) } }),
  ],
  [
    'output.upload_to',
    requestLimits.uploads,
    (count) => ({ output: { upload_to: list(count, (at) => ({ path: `f${at}`, url: 's3://bucket/o' })) } }),
  ],
  ['environment', requestLimits.variables, (count) => ({ environment: map(count, (at) => [`V${at}`, 'x']) })],
  ['service_access', requestLimits.services, (count) => ({ service_access: list(count, (at) => `s${at}`) })],
  ['tags', requestLimits.tags, (count) => ({ tags: map(count, (at) => [`t${at}`, 'x']) })],
  ['secrets', requestLimits.secrets, (count) => ({ secrets: list(count, (at) => `S${at}`) })],
])('request limits: %s has at most %i entries, and one more is refused by name', (field, limit, requestOf) => {
  expect(problemOf(requestOf(limit))).toBeUndefined();
  expect(problemOf(requestOf(limit + 1))).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')}: .*${limit}`));
});

test.each<[string, number, (value: string) => object]>([
  ['correlation_id', requestLimits.correlationId, (value) => ({ correlation_id: value })],
  ['name', requestLimits.name, (value) => ({ name: value })],
  ['container.image', requestLimits.image, (value) => inContainer({ image: value })],
  ['tags.t', requestLimits.tagValue, (value) => ({ tags: { t: value } })],
  ['input.objects[0].url', requestLimits.url, (value) => ({ input: { objects: [{ url: value, path: 'a' }] } })],
  ['output.upload_to', requestLimits.url, (value) => ({ output: { upload_to: value } })],
  ['input.files[0].name', requestLimits.path, (value) => ({ input: { files: [{ name: value, content: '' }] } })],
])('request limits: %s has at most %i bytes of UTF-8, however few characters they are', (field, limit, requestOf) => {
  const tooLong = parseRequest(JSON.stringify({ container: { image: 'a' }, ...requestOf('é'.repeat(limit / 2 + 1)) }), {
    maxBytes: 1024 ** 2,
  });
  expect(tooLong).toMatchObject({ ok: false, error: { message: expect.stringContaining(`${field}: `) } });
  expect(tooLong).toMatchObject({ error: { message: expect.stringContaining(`${limit} bytes`) } });
  const fits = parseRequest(JSON.stringify({ container: { image: 'a' }, ...requestOf('é'.repeat(limit / 2)) }), {
    maxBytes: 1024 ** 2,
  });
  expect(fits.ok).toBe(true);
});

test.each([
  'tags',
  'environment',
  'service_budget',
])('request limits: 200,000 entries in %s are counted, not read', (field) => {
  const text = JSON.stringify({ container: { image: 'a' }, [field]: map(200_000, (at) => [`t${at}`, 'x']) });
  const parsed = parseRequest(text, { maxBytes: text.length });
  expect(parsed).toMatchObject({ ok: false, error: { message: expect.stringContaining('It has 200000 entries.') } });
});

test.each(['nodes', 'relationships'])('request limits: input.graph_data.%s has a maximum number too', (field) => {
  const graph = { nodes: [], relationships: [], [field]: list(requestLimits.graphNodes + 1, () => ({})) };
  expect(problemOf({ input: { graph_data: graph } })).toContain(`graph_data.${field}: `);
});

const nul = 'a\0b';
test.each<[string, object]>([
  ['container.image', inContainer({ image: nul })],
  ['container.command[1]', inContainer({ command: ['a', nul] })],
  ['container.entrypoint[0]', inContainer({ entrypoint: [nul] })],
  ['container.user', inContainer({ user: nul })],
  ['container.working_dir', inContainer({ working_dir: `/${nul}` })],
  ['environment.A', { environment: { A: nul } }],
  ['environment.', { environment: { [nul]: 'x' } }],
  ['input.files[0].name', { input: { files: [{ name: nul, content: '' }] } }],
  ['input.files[0].path', { input: { files: [{ name: 'a', path: nul, content: '' }] } }],
  ['input.minio_objects[0].object_name', { input: { minio_objects: [{ object_name: nul }] } }],
  ['input.objects[0].path', { input: { objects: [{ url: 's3://bucket/o', path: nul }] } }],
  ['output.expected_files[0]', { output: { expected_files: [nul] } }],
  ['output.upload_to', { output: { upload_to: [{ path: nul, url: 's3://bucket/o' }] } }],
  ['tags.a', { tags: { a: nul } }],
  ['name', { name: nul }],
  ['reply_to', { reply_to: `exec-responses:${nul}` }],
])('NUL: is refused in %s', (field, request) => {
  expect(problemOf(request)?.startsWith(field)).toBe(true);
  expect(problemOf(request)).toContain('NUL');
});

const longest = 'x'.repeat(maxArgumentBytes);
test.each<[string, object]>([
  ['container.command[0]', inContainer({ command: [`${longest}x`] })],
  ['container.entrypoint[0]', inContainer({ entrypoint: ['é'.repeat(65_536)] })],
  ['environment.A', { environment: { A: longest } }],
])('long arguments: are refused in %s with the limit and the advice to use a file', (field, request) => {
  const problem = problemOf(request);
  expect(problem?.startsWith(field)).toBe(true);
  expect(problem).toContain('131071');
  expect(problem).toContain('input.files');
  expect(problemOf(inContainer({ command: [longest] }))).toBeUndefined();
});
