import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { becomesTrue } from '../../../../tests/parts/poll.ts';
import { dialPod } from '../../../runtimes/kubernetes/connections/dial-pod.ts';
import { agentTlsOptions } from '../../../support/net/pod-key.ts';
import { claimHeader, dataProtocol, waitProtocol } from '../../../wire/pod/pod.ts';
import { end, key, openTestPod, podName, type TestPod } from './test-pod.contract.ts';

const patienceMs = 10_000;

let pod: TestPod;

beforeEach(async () => {
  pod = await openTestPod();
});
afterEach(() => pod.close());

describe('the claim on a pod', () => {
  test('refuses a lower fence and another execution', async () => {
    await pod.ask('POST', '/steps/step-0/signal', { fence: 5, body: '{"signal":15}' });
    expect(await pod.ask(end.method, end.path, { fence: 4 })).toEqual({
      status: 409,
      body: { error: 'an agent with the fence 5 has the pod' },
    });
    expect(await pod.ask(end.method, end.path, { execution: 'f', fence: 9 })).toMatchObject({ status: 410 });
  });

  test('cuts off what an agent with a lower fence is being sent', async () => {
    const output = await pod.open('GET', '/steps/step-0/output', { fence: 1 });
    const cut = text(output).then(
      () => 'whole',
      () => 'cut',
    );
    await pod.ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
    expect(await cut).toBe('cut');
  });

  test('refuses a request without a claim', async () => {
    expect(await pod.ask('GET', '/steps/step-0/end', { execution: '' })).toMatchObject({ status: 400 });
  });

  describe('connection for data', () => {
    const dial = async (fence: number, protocol = dataProtocol) => {
      const headers = {
        [claimHeader]: JSON.stringify({ execution: 'e', fence }),
        connection: 'upgrade',
        upgrade: protocol,
      };
      const asked = request({
        ...agentTlsOptions(podName, key),
        host: '127.0.0.1',
        port: pod.server.port,
        agent: false,
        path: '/data',
        headers,
      });
      asked.end();
      const [, socket] = await once(asked, 'upgrade');
      return socket;
    };

    test('passes bytes both ways, until an agent with a higher fence comes', async () => {
      const socket = await dial(1);
      socket.write('given');
      expect(String((await once(socket, 'data'))[0])).toBe('given');
      const closed = once(socket, 'close');
      await pod.ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
      await closed;
    });

    test('is refused with a lower fence, and with another protocol', async () => {
      const closed = { code: 'ECONNRESET' };
      await pod.ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
      await expect(dial(1)).rejects.toMatchObject(closed);
      await expect(dial(2, 'websocket')).rejects.toMatchObject(closed);
    });
  });

  test('an agent that only waits is counted, claims nothing, and needs the key', async () => {
    const dial = async (psk: Buffer) => {
      const end = { host: '127.0.0.1', port: pod.server.port, pod: podName, key: psk };
      return dialPod(end, '/wait', waitProtocol, new AbortController().signal);
    };
    await expect(dial(Buffer.alloc(32, 9))).rejects.toThrow();
    const presence = await dial(key);
    expect(pod.server.connections()).toBe(1);
    expect(await pod.ask('POST', '/steps/step-0/signal', { execution: 'f', fence: 0, body: '{"signal":15}' })).toEqual({
      status: 200,
      body: {},
    });
    presence.destroy();
    expect(await becomesTrue(() => pod.server.connections() === 0, patienceMs)).toBe(true);
  });
});
