import { expect, test } from 'vitest';
import { createLocator } from './locate-problem.ts';

const text = `{
  "container": { "image": "alpine" },
  "environment": { "a.b": 1, "a": 2 },
  "input": { "files": [
    { "name": "x" },
    { "name": "y" }
  ] }
}`;

test.each([
  ['container.image: wrong', 'line 2, column 27: container.image: wrong'],
  ['environment.a.b: wrong', 'line 3, column 27: environment.a.b: wrong'],
  ['environment.a: wrong', 'line 3, column 35: environment.a: wrong'],
  ['input.files[1].name: wrong', 'line 6, column 15: input.files[1].name: wrong'],
  ['input.files[1].content: is missing', 'line 6, column 5: input.files[1].content: is missing'],
  ['container.command[0]: wrong', 'line 2, column 16: container.command[0]: wrong'],
  ['The message has 9 MiB: too much', 'The message has 9 MiB: too much'],
  ['timeout: is missing', 'timeout: is missing'],
])('problem: %s', (sentence, located) => {
  expect(createLocator(text)(sentence)).toBe(located);
});

test('problem: of a text that is not JSON stays as it is', () => {
  expect(createLocator('{')('container: wrong')).toBe('container: wrong');
});
