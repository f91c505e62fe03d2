import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentTlsOptions, derivePodKey, podTlsOptions } from './pod-key.ts';

const fleetKey = Buffer.alloc(32, 7);
const key = derivePodKey(fleetKey, 'x-1');
const server = createServer(podTlsOptions('x-1', key), (socket: TLSSocket) => socket.end(socket.getProtocol() ?? ''));
let port = 0;

beforeAll(async () => {
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(() => void server.close());

async function dial(options: object): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  try {
    const [data] = await once(socket, 'data');
    return String(data);
  } finally {
    socket.destroy();
  }
}

/** The other side of the connection refused it; its words differ between releases of OpenSSL. */
const alert = { code: expect.stringMatching(/^ERR_SSL_.*ALERT/) };

describe('the key of a pod', () => {
  test('opens a TLS 1.3 connection without certificates', async () => {
    expect(await dial(agentTlsOptions('x-1', key))).toBe('TLSv1.3');
  });

  test.each([
    ['another key', agentTlsOptions('x-1', derivePodKey(fleetKey, 'x-2'))],
    ['another pod', agentTlsOptions('x-2', key)],
    ['another deployment', agentTlsOptions('x-1', derivePodKey(Buffer.alloc(32, 8), 'x-1'))],
    ['no key', { rejectUnauthorized: false }],
    [
      'an older TLS',
      {
        ...agentTlsOptions('x-1', key),
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.2',
        ciphers: 'PSK-AES128-GCM-SHA256',
      },
    ],
  ])('refuses %s', async (_, options) => {
    await expect(dial(options)).rejects.toMatchObject(alert);
  });

  test('is refused by an agent that means another pod at that address', async () => {
    // The pod that has the address now knows its own key alone.
    const meant = derivePodKey(fleetKey, 'x-9');
    await expect(dial(agentTlsOptions('x-9', meant))).rejects.toMatchObject(alert);
  });

  test('differs for each pod and each deployment, and needs a long fleet key', () => {
    const keys = [key, derivePodKey(fleetKey, 'x-2'), derivePodKey(Buffer.alloc(32, 8), 'x-1')].map((each) =>
      each.toString('hex'),
    );
    expect(new Set(keys).size).toBe(3);
    expect(() => derivePodKey(Buffer.alloc(31), 'x-1')).toThrow(RangeError);
  });
});
