import { describe, expect, test } from 'vitest';
import { familiarName, parseImageReference, repositoryOf } from './image-reference.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('an image reference', () => {
  test.each([
    ['alpine', 'alpine', 'alpine:latest'],
    ['alpine:3.20', 'alpine', 'alpine:3.20'],
    ['team/tool', 'team/tool', 'team/tool:latest'],
    ['registry.example:5000/team/tool', 'registry.example:5000/team/tool', 'registry.example:5000/team/tool:latest'],
    ['localhost:5000/tool:v1', 'localhost:5000/tool', 'localhost:5000/tool:v1'],
    ['[::1]:5000/tool', '[::1]:5000/tool', '[::1]:5000/tool:latest'],
    [`tool@${digest}`, 'tool', `tool@${digest}`],
    [`tool:v1@${digest}`, 'tool', `tool@${digest}`],
  ])('%s', (reference, name, canonical) => {
    expect(parseImageReference(reference)).toMatchObject({ name, canonical });
  });

  test.each([
    '',
    'Not An Image',
    'Alpine',
    'alpine:',
    'alpine@sha256:12',
    '../etc',
    'a//b',
    'http://a/b',
    'a\nb',
    '-a',
    'a?b=c',
  ])('%j is none', (reference) => {
    expect(() => parseImageReference(reference)).toThrow('is no image');
  });
});

test('Docker Hub goes without saying', () => {
  expect(['docker.io/library/alpine', 'index.docker.io/team/tool', 'library/alpine'].map(familiarName)).toEqual([
    'alpine',
    'team/tool',
    'alpine',
  ]);
});

test('the repository of a reference', () => {
  expect(['alpine', 'alpine:3', `a:5000/b@${digest}`, 'a:5000/b'].map(repositoryOf)).toEqual([
    'alpine',
    'alpine',
    'a:5000/b',
    'a:5000/b',
  ]);
});
