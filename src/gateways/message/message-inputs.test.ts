import { describe, expect, test } from 'vitest';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import { draft, problemOf, refusal } from './message-bench.contract.ts';

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

test('stdin: may be below a prefix, whose objects are not known yet', () => {
  const minio_objects = [{ object_name: 'data/', local_path: 'd' }];
  const request = { container: { image: 'a', stdin: { input: 'd/x' } }, input: { minio_objects } };
  expect(draft(request).steps[0]).toMatchObject({ stdin: '/workspace/input/d/x' });
});

test('objects: a name that ends in / fetches the whole prefix', () => {
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
