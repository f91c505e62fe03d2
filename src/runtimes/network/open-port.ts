import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { part, sentence } from '../../wire/sentence.ts';

/**
 * Listens on a port of the host; connections are accepted paused.
 * @throws ExecError START_FAILED that names the port
 */
export async function openPort(address: string, port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: true });
  server.listen({ host: address, port });
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const why =
      errnoOf(error) === 'EADDRINUSE'
        ? sentence`something else uses it already. Choose another host port in ${part('network.ports')}`
        : messageOf(error);
    throw new ExecError('START_FAILED', sentence`Port ${port} cannot be opened on ${address}: ${why}.`, {
      cause: error,
    });
  }
}
