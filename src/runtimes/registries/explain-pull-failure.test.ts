import { describe, expect, test } from 'vitest';
import type { Credentials } from './credentials.ts';
import { explainPullFailure } from './explain-pull-failure.ts';

const credentials: Credentials = { user: 'robot', password: 'hush-hush', source: '/home/a/.docker/config.json' };

function explain(reason: string, known?: Credentials) {
  return explainPullFailure({ reference: 'tool:1', registry: 'registry:5000', reason, credentials: known });
}

describe('why a pull failed', () => {
  test.each([
    ['manifest for registry:5000/tool:1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    ['reading manifest latest in localhost/x: name unknown: repository name not known to registry', 'IMAGE_NOT_FOUND'],
    ['no matching manifest for linux/amd64 in the manifest list entries', 'IMAGE_NOT_FOUND'],
    [
      "pull access denied for tool, repository does not exist or may require 'docker login': denied",
      'IMAGE_PULL_FAILED',
    ],
    ['Head "https://registry:5000/v2/tool/manifests/1": no basic auth credentials', 'IMAGE_PULL_FAILED'],
    ['reading manifest: unauthorized: authentication required', 'IMAGE_PULL_FAILED'],
    ['Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host', 'IMAGE_PULL_FAILED'],
    ['pinging container registry 127.0.0.1:1: connect: connection refused', 'IMAGE_PULL_FAILED'],
    ['toomanyrequests: You have reached your pull rate limit', 'IMAGE_PULL_FAILED'],
    ['x509: certificate signed by unknown authority', 'IMAGE_PULL_FAILED'],
    ['failed to register layer: no space left on device', 'IMAGE_PULL_FAILED'],
    ['filesystem layer verification failed for digest sha256:1', 'IMAGE_PULL_FAILED'],
  ])('%s is %s, with the image and the reason', (reason, code) => {
    const error = explain(reason);
    expect(error.code).toBe(code);
    expect(error.message).toContain('"tool:1"');
    expect(error.message).toContain(reason);
  });
});

test('pull failure: a missing login, a wrong one and a rate limit have messages of their own, each with its fix', () => {
  expect(explain('unauthorized').message).toMatch(/wants a login, and the agent has none.*docker login registry:5000/);
  expect(explain('unauthorized', credentials).message).toMatch(/does not accept the credentials from \/home\/a/);
  expect(explain('toomanyrequests: slow down').message).toMatch(/limits how often.*log in to it for a higher limit/);
  expect(explain('toomanyrequests: slow down', credentials).message).not.toContain('log in');
});

test('pull failure: never repeats what was sent to a registry', () => {
  const { message, context } = explain('unauthorized: hush-hush is wrong', credentials);
  expect(message + JSON.stringify(context)).not.toContain('hush-hush');
  const token = { identityToken: 'secret-token', source: 'x' };
  expect(explain('bad token secret-token', token).message).not.toContain('secret-token');
});
