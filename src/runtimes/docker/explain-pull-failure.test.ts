import { expect, test } from 'vitest';
import { explainPullFailure } from './explain-pull-failure.ts';

test.each([
  ['manifest for registry:5000/tool:1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
  ["pull access denied for tool, repository does not exist or may require 'docker login': denied", 'IMAGE_PULL_FAILED'],
  ['Head "https://registry:5000/v2/tool/manifests/1": no basic auth credentials', 'IMAGE_PULL_FAILED'],
  ['no matching manifest for linux/amd64 in the manifest list entries', 'IMAGE_NOT_FOUND'],
  ['Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host', 'IMAGE_PULL_FAILED'],
  ['toomanyrequests: You have reached your pull rate limit', 'IMAGE_PULL_FAILED'],
  ['x509: certificate signed by unknown authority', 'IMAGE_PULL_FAILED'],
  ['failed to register layer: no space left on device', 'IMAGE_PULL_FAILED'],
  ['filesystem layer verification failed for digest sha256:1', 'IMAGE_PULL_FAILED'],
])('%s', (reason, code) => {
  const error = explainPullFailure('tool:1', reason);
  expect(error.code).toBe(code);
  expect(error.message).toContain('"tool:1"');
  expect(error.message).toContain(reason);
});
