import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draft, parse, problemOf, refusal } from './message-bench.contract.ts';

test('inputs: any path with .. that leaves the input directory is refused, any other stays below it', () => {
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

test('inputs: the error of a path that leaves its directory names the field, the value and the fix', () => {
  const message = refusal({ input: { files: [{ name: 'a', path: '../etc/passwd', content: '' }] } });
  expect(message).toContain('input.files[0].path: "../etc/passwd" leaves its directory.');
  expect(message).toContain('/workspace/input');
});

test('inputs: a path that no kernel would take is refused, with any number of parts', () => {
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

test('inputs: the error of two for one path names both', () => {
  const files = [
    { name: 'a.csv', content: '' },
    { name: 'b', path: './a.csv', content: '' },
  ];
  expect(refusal({ input: { files } })).toContain(
    'input.files[1]: "/workspace/input/a.csv" is also the path of input.files[0]',
  );
});

test('inputs: a file that would also have to be a directory is refused', () => {
  const files = [
    { name: 'a', content: '' },
    { name: 'a/b', content: '' },
  ];
  expect(refusal({ input: { files } })).toContain('input.files[1]');
});

test('expected files: one may be written with its full container path', () => {
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
