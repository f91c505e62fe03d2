import { describe, expect, test } from 'vitest';
import { explainPullFailure } from './explain-pull-failure.ts';

const line = (message: string) =>
  `Getting image source signatures\ntime="2026-01-01T00:00:00Z" level=fatal msg=${JSON.stringify(message)}\n`;

describe('why a pull failed', () => {
  test.each([
    ['reading manifest 2 in 127.0.0.1:5000/tool: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    ['reading manifest latest in localhost/x: name unknown: repository name not known to registry', 'IMAGE_NOT_FOUND'],
    [
      'reading manifest latest in docker.io/x/y: errors: denied: requested access to the resource is denied',
      'IMAGE_PULL_FAILED',
    ],
    ['reading manifest: unauthorized: authentication required', 'IMAGE_PULL_FAILED'],
    [
      'pinging container registry registry.invalid: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host',
      'IMAGE_PULL_FAILED',
    ],
    ['pinging container registry 127.0.0.1:1: connect: connection refused', 'IMAGE_PULL_FAILED'],
  ])('%s is %s, with the image and the reason', (message, code) => {
    const error = explainPullFailure('tool:1', 'registry:5000', line(message));
    expect(error.code).toBe(code);
    expect(error.message).toContain('tool:1');
    expect(error.message).toContain(message.split(':').at(-1)?.trim() ?? '');
  });

  test('missing credentials come with the command that gives them', () => {
    expect(explainPullFailure('t', 'registry:5000', line('unauthorized: authentication required')).message).toContain(
      'skopeo login registry:5000',
    );
  });

  test('words that are no log line are passed on', () => {
    expect(explainPullFailure('t', 'r', 'Killed\n').message).toContain('Killed');
    expect(explainPullFailure('t', 'r', '').message).toContain('no reason was given');
  });
});
