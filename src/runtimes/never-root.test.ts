import { expect, test } from 'vitest';
import { neverRoot } from './never-root.ts';

test.each([
  ['1000', '1000'],
  ['1000:0', '1000:0'],
  ['', '65534:65534'],
  ['0', '65534:65534'],
  ['00:1', '65534:65534'],
  ['root', '65534:65534'],
  ['app', '65534:65534'],
  [':1000', '65534:65534'],
])('the user %j of an image becomes %s where root is not allowed', (user, expected) => {
  expect(neverRoot(user)).toBe(expected);
});
