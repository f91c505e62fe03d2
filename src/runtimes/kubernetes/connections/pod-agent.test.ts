import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { podTlsOptions } from '../../../support/net/pod-key.ts';
import { dialPod } from './dial-pod.ts';

const { signal } = new AbortController();
const key = Buffer.alloc(32, 1);
const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';

/** Connects to a pod that accepts each protocol, over streams that are no sockets. */
async function withPod(work: (dial: () => ReturnType<typeof dialPod>, streams: readonly Duplex[]) => Promise<void>) {
  const streams: Duplex[] = [];
  const server = createServer(podTlsOptions('pod', key), (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(switching));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const openStream = async () => {
    const socket = connect(port, '127.0.0.1');
    const stream = Duplex.from({ readable: socket, writable: socket });
    stream.on('error', () => undefined);
    streams.push(stream);
    return stream;
  };
  const end = { host: 'nowhere.invalid', port: 1, pod: 'pod', key, claim: { execution: 'x', fence: 1 }, openStream };
  try {
    await work(() => dialPod(end, '/x', 'x', signal), streams);
  } finally {
    for (const stream of streams) stream.destroy();
    server.close();
  }
}

describe('createPodAgent', () => {
  test('connects by the stream, and closes it with its connection', async () => {
    await withPod(async (dial, streams) => {
      const sockets = [await dial(), await dial()];
      expect(streams).toHaveLength(2);
      const closed = streams.map((stream) => new Promise((resolve) => stream.once('close', resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    });
  });

  test('a stream that cannot be opened is the error of the request', async () => {
    const openStream = () => Promise.reject(new Error('no way'));
    const end = { host: 'nowhere.invalid', port: 1, pod: 'pod', key, claim: { execution: 'x', fence: 1 }, openStream };
    await expect(dialPod(end, '/x', 'x', signal)).rejects.toThrow('no way');
  });
});
