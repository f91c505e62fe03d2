import { expect, test } from 'vitest';
import { commandOf } from './command-of.ts';
import { waiterMessage } from './waiter-message.ts';

const image = { entrypoint: ['/entry', '-x'], command: ['serve'] };
const plain = {
  image: { reference: 'a', pull: 'missing' },
  env: {},
  workingDir: '/',
  readOnlyRoot: false,
  ignoreError: false,
} as const;
const argsOf = (step: { readonly command?: string[]; readonly entrypoint?: string[] }) =>
  commandOf({ step: { ...plain, ...step }, image: { reference: 'a', digest: 'd' } }, image).args;

test('what an image says gives way as in the engine', () => {
  expect(argsOf({})).toEqual(['/entry', '-x', 'serve']);
  expect(argsOf({ command: ['other'] })).toEqual(['/entry', '-x', 'other']);
  expect(argsOf({ entrypoint: ['/mine'] })).toEqual(['/mine']);
  expect(argsOf({ entrypoint: ['/mine'], command: ['a', 'b'] })).toEqual(['/mine', 'a', 'b']);
  expect(argsOf({ entrypoint: [] })).toEqual(['serve']);
});

test('a message says how much of what it holds', () => {
  expect(waiterMessage({ args: ['é', ''], env: { A: '=b' } })).toEqual(
    Buffer.concat([Buffer.from([9, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]), Buffer.from('é\0\0A==b\0')]),
  );
});

test.each([
  ['nothing to run', { args: [], env: {} }],
  ['an empty program', { args: ['', 'a'], env: {} }],
  ['a zero byte', { args: ['a', 'b\0c'], env: {} }],
  ['a variable without a name', { args: ['a'], env: { '': 'x' } }],
  ['too much text', { args: ['a', 'x'.repeat(61_440)], env: {} }],
  ['too many parts', { args: Array<string>(5000).fill('a'), env: {} }],
])('a message cannot say %s', (_what, command) => {
  expect(waiterMessage(command)).toBeUndefined();
});
