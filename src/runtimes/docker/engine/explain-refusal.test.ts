import { expect, test } from 'vitest';
import { cleanSentence, explainRefusal } from './explain-refusal.ts';

function explain(status: number, message: string) {
  return explainRefusal({ ok: false, status, message }, 'tool:1');
}

test.each([
  'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "nosuch": executable file not found in $PATH: unknown',
  'failed to create shim: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in $PATH: unknown',
])('a missing command is named: %s', (message) => {
  const error = explain(400, message);
  expect(error.code).toBe('START_FAILED');
  expect(error.message).toContain('"nosuch" could not be started: executable file not found in $PATH');
  expect(error.message).not.toMatch(/OCI|shim|container_linux|unknown/);
});

test('a command that is a directory', () => {
  const error = explain(400, 'OCI runtime create failed: exec: "/etc": permission denied: unknown');
  expect(error).toMatchObject({ code: 'START_FAILED', context: { reason: 'permission denied' } });
});

test('refusal: an unknown user is explained with the fix', () => {
  const error = explain(400, 'unable to find user carol: no matching entries in passwd file');
  expect(error.code).toBe('START_FAILED');
  expect(error.message).toBe(
    'The container could not be started: unable to find user carol: no matching entries in passwd file. Set user to a user that the image has, or to numbers such as "1000:1000".',
  );
});

test('a full disk is not the fault of the request', () => {
  const error = explain(500, 'mkdir /var/lib/docker/overlay2/x: no space left on device');
  expect(error.code).toBe('RUNTIME_UNAVAILABLE');
});

test('an image that went between its check and the start', () => {
  const error = explain(404, 'No such image: sha256:abc');
  expect(error.code).toBe('IMAGE_NOT_FOUND');
  expect(error.message).toContain('tool:1');
});

test('a sentence without wrapping stays as it is', () => {
  expect(cleanSentence('Minimum memory limit allowed is 6MB')).toBe('Minimum memory limit allowed is 6MB');
});
