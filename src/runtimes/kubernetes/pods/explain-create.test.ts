import { expect, test } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { explainCreateError } from './explain-create.ts';

const access = { server: new URL('https://api:6443'), origin: 'the test' };
const attempted = { verb: 'create', resource: 'pods', namespace: 'jobs' } as const;

test.each([
  ['pods "x" is forbidden: exceeded quota: few, requested: pods=1', 'RUNTIME_UNAVAILABLE', { runtimeFull: true }],
  ['pods "x" is forbidden: violates PodSecurity "baseline:latest": seccomp', 'RUNTIME_UNAVAILABLE', {}],
  ['admission webhook "policy.example.com" denied the request: no', 'POLICY_DENIED', {}],
  ["ValidatingAdmissionPolicy 'a' with binding 'b' denied request: no", 'POLICY_DENIED', {}],
  ['pods "x" is forbidden: maximum memory usage per Container is 1Gi', 'POLICY_DENIED', {}],
  ['pod rejected: RuntimeClass "gvisor" not found', 'RUNTIME_UNAVAILABLE', {}],
  ['pods is forbidden: User "u" cannot create resource "pods" in API group ""', 'RUNTIME_UNAVAILABLE', {}],
])('explainCreateError: "%s" is %s, in the words of the cluster', (message, code, context) => {
  const error = explainCreateError(new ApiError({ status: 403, reason: 'Forbidden', message, attempted }), access);
  expect(error).toMatchObject({ code, context });
  expect(error.message).toContain(message);
});

test('explainCreateError: a server that is overloaded is out of reach for now', () => {
  const busy = new ApiError({ status: 429, reason: 'TooManyRequests', message: 'later', attempted });
  expect(explainCreateError(busy, access)).toMatchObject({ context: { runtimeAway: true } });
});
