import { expect, test } from 'vitest';
import { ExecError } from '../../../support/exec-error.ts';
import { explainConnectionError, isConnectionLost } from './explain-connection-error.ts';

const host = 'tcp://engine:2376';

test.each([
  ['ENOENT', 'no such socket'],
  ['EACCES', 'member of the socket'],
  ['ECONNREFUSED', 'connection was refused'],
  ['ENOTFOUND', 'its name is not known'],
  ['ETIMEDOUT', 'the network between'],
  ['ECONNRESET', 'closed the connection'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'not trusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'not trusted'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'cert.pem'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'DOCKER_TLS_VERIFY'],
  ['EWHATEVER', 'oops'],
])('connection error: %s is explained with the address and the fix', (code, explanation) => {
  const error = explainConnectionError(Object.assign(new Error('oops'), { code }), host);
  expect(error.code).toBe('RUNTIME_UNAVAILABLE');
  expect(error.message).toContain(host);
  expect(error.message).toContain(explanation);
  expect(isConnectionLost(error)).toBe(true);
});

test('an error that says all already stays', () => {
  const error = new ExecError('START_FAILED', 'as it is');
  expect(explainConnectionError(error, host)).toBe(error);
  expect(isConnectionLost(error)).toBe(false);
});
