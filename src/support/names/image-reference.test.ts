import { describe, expect, test } from 'vitest';
import { parseImageReference, repositoryOf } from './image-reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('an image reference', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest', 'docker.io'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20', 'docker.io'],
    ['team/tool', 'docker.io/team/tool:latest', 'team/tool:latest', 'docker.io'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest', 'docker.io'],
    ['docker.io/library/alpine:1', 'docker.io/library/alpine:1', 'alpine:1', 'docker.io'],
    ['index.docker.io/team/tool', 'docker.io/team/tool:latest', 'team/tool:latest', 'docker.io'],
    ['[::1]:5000/tool', '[::1]:5000/tool:latest', '[::1]:5000/tool:latest', '[::1]:5000'],
    ['Quay.IO/org/tool', 'quay.io/org/tool:latest', 'quay.io/org/tool:latest', 'quay.io'],
    ['localhost/tool', 'localhost/tool:latest', 'localhost/tool:latest', 'localhost'],
    ['127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c', '127.0.0.1:5000'],
    ['quay.io/org/tool_x:v1.0-rc', 'quay.io/org/tool_x:v1.0-rc', 'quay.io/org/tool_x:v1.0-rc', 'quay.io'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`, 'docker.io'],
    [`alpine:3@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`, 'docker.io'],
  ])('%s is %s', (text, canonical, familiar, registry) => {
    expect(parseImageReference(text)).toMatchObject({ canonical, familiar, registry });
  });

  test('a digest makes the tag meaningless', () => {
    expect(parseImageReference(`a:5000/b:1@${digest}`)).toMatchObject({ name: 'a:5000/b', repository: 'b', digest });
    expect(parseImageReference(`a:5000/b:1@${digest}`).tag).toBeUndefined();
  });

  test('keeps the registry’s digest', () => {
    expect(parseImageReference(`alpine@${digest}`).digest).toBe(digest);
  });

  test.each([
    '',
    ' ',
    'Alpine',
    'Not An Image',
    'a//b',
    '/a',
    'a/',
    'a:b:c',
    'a@sha256:12',
    'a..b/c/../d',
    '-a',
    'a./b',
    '-a.b/c',
    'http://a/b',
    'a?b=c',
    'alpine:',
    '../etc',
    '--help',
    'a:-x',
    'a\nb',
    'a\0',
    'oci:/etc',
    'docker://alpine',
    `${'a'.repeat(256)}`,
  ])('%j is refused by name', (text) => {
    expect(() => parseImageReference(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(JSON.stringify(text)) }),
    );
  });
});

test('the repository of a reference', () => {
  expect(['alpine', 'alpine:3', `a:5000/b@${digest}`, 'a:5000/b'].map(repositoryOf)).toEqual([
    'alpine',
    'alpine',
    'a:5000/b',
    'a:5000/b',
  ]);
});
