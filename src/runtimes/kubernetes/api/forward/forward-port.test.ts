import { describe, expect, test } from 'vitest';
import { ExecError } from '../../../../support/exec-error.ts';
import { pods } from '../api-resource.ts';
import { type Answering, openScriptedApi, send, status } from '../scripted-api.contract.ts';
import { forwardPort } from './forward-port.ts';

const never = new AbortController().signal;

async function tryWith(answer: Answering, signal = never) {
  await using api = await openScriptedApi(answer);
  const place = { resource: pods, namespace: 'jobs' };
  const error: unknown = await forwardPort(api.client, place, { pod: 'one', port: 9443 }, signal).then(
    () => undefined,
    (found: unknown) => found,
  );
  return { error, asked: [...api.asked] };
}

const refuse = (code: number, reason: string, message: string): Answering => {
  return (_, response) => send(response, code, status(code, reason, message));
};

describe('forwardPort', () => {
  test('asks for the port of the pod over a WebSocket with numbered channels', async () => {
    const { asked } = await tryWith(refuse(500, 'InternalError', 'no'));
    expect(asked).toMatchObject([
      {
        method: 'GET',
        path: '/api/v1/namespaces/jobs/pods/one/portforward',
        query: { ports: '9443' },
        headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'v4.channel.k8s.io' },
      },
    ]);
  });

  test.each(['get', 'create'])('a missing permission is named: %s', async (verb) => {
    const message = `pods "one" is forbidden: User "a" cannot ${verb} resource "pods/portforward" in API group ""`;
    const { error } = await tryWith(refuse(403, 'Forbidden', message));
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining(`with the verb "${verb}" for "pods/portforward"`),
    });
  });

  test.each([
    ['a pod that is not found', refuse(404, 'NotFound', 'pods "one" not found')],
    ['a server that is overloaded', refuse(429, 'TooManyRequests', 'later')],
    ['a kubelet that is away', refuse(500, 'InternalError', 'error dialing backend')],
    ['a server that is away', (_: unknown, response: { destroy(): void }) => response.destroy()],
  ])('%s is an error that may pass', async (_, answer) => {
    const { error } = await tryWith(answer);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(ExecError);
  });

  test('a call that is interrupted fails with its reason', async () => {
    const calling = new AbortController();
    const { error } = await tryWith(() => calling.abort('enough'), calling.signal);
    expect(error).toBe('enough');
  });
});
