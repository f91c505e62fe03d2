import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../support/names/image-reference.ts';
import { isImagePattern, type Match, parseImagePattern } from './image-pattern.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('an image pattern', () => {
  test.each<[string, string, Match]>([
    ['alpine', 'alpine:3', 'yes'],
    ['alpine', 'docker.io/library/alpine', 'yes'],
    ['alpine', 'index.docker.io/library/alpine', 'yes'],
    ['alpine', 'other/alpine', 'no'],
    ['alpine', 'evil.example/library/alpine', 'no'],
    ['*', 'python', 'yes'],
    ['*', 'team/python', 'no'],
    ['team/*', 'team/python', 'yes'],
    ['team/*', 'team/a/b', 'no'],
    ['team/**', 'team/a/b', 'yes'],
    ['registry.example/**', 'registry.example/a/b:1', 'yes'],
    ['registry.example/**', 'registry.example.evil/a', 'no'],
    ['registry.example/**', 'REGISTRY.example/a', 'yes'],
    ['registry-example/**', 'registryxexample/a', 'no'],
    ['localhost:5000/**', 'localhost:5000/a', 'yes'],
    ['127.0.0.1:5000/**', '127.1:5000/a', 'yes'],
    ['127.0.0.1:5000/**', '0x7f000001:05000/a', 'yes'],
    ['127.0.0.1:5000/**', '[::ffff:7f00:1]:5000/a', 'yes'],
    ['[0:0::ffff:7f00:1]:5000/**', '127.0.0.1:5000/a', 'yes'],
    ['[::1]:5000/**', '[0:0::1]:5000/a', 'yes'],
    ['127.0.0.1:5000/**', '127.0.0.1:5001/a', 'no'],
    ['*.example/**', 'eu.example/a', 'yes'],
    ['**', 'anything.example/at/all:1', 'yes'],
    ['**/tool', 'anything.example/at/all/tool:1', 'yes'],
    ['**:latest', 'alpine', 'yes'],
    ['**:latest', 'alpine:3', 'no'],
    ['**:latest', `alpine@${digest}`, 'no'],
    ['python:3.*', 'python:3.9-slim', 'yes'],
    ['python:3.*', 'python:3x', 'no'],
    [`alpine@${digest}`, `alpine@${digest}`, 'yes'],
    [`alpine@${digest}`, 'alpine:3', 'later'],
    [`alpine@${digest}`, 'busybox', 'no'],
  ])('%s against %s: %s', (pattern, reference, expected) => {
    const { digest: own, ...subject } = parseImageReference(reference);
    const digests = own === undefined ? [] : [own];
    expect(parseImagePattern(pattern).match({ ...subject, digests })).toBe(expected);
  });

  test.each(['', ':latest', 'alpine:', 'alpine@', 'a//b', 'a b', 'a$b'])('%j is none', (text) => {
    expect(isImagePattern(text)).toBe(false);
  });
});
