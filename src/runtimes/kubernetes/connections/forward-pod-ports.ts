import { setMaxListeners } from 'node:events';
import type { Server, Socket } from 'node:net';
import { joinStreams } from '../../../support/net/join-streams.ts';
import type { PortMapping } from '../../../wire/plan/plan.ts';
import type { PortForwarding } from '../../network/forward-ports.ts';
import { networkLimits } from '../../network/network-options.ts';
import { openPort } from '../../network/open-port.ts';

export interface ForwardPodPortsOptions {
  readonly ports: readonly PortMapping[];
  /** Where the host ports are opened. Default: 127.0.0.1. */
  readonly address?: string;
  /** Opens a connection to `/ports/PORT` of the pod. */
  readonly dial: (port: number, signal: AbortSignal) => Promise<Socket>;
}

/**
 * Forwards ports of the agent's host to the command of a pod.
 * @throws ExecError START_FAILED when a host port cannot be opened, naming it
 */
export async function forwardPodPorts(options: ForwardPodPortsOptions): Promise<PortForwarding> {
  const { ports, dial, address = '127.0.0.1' } = options;
  const closing = new AbortController();
  const { signal } = closing;
  setMaxListeners(0, signal);
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const close = async (): Promise<void> => {
    closing.abort();
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  try {
    for (const { container, host } of ports) {
      const server = await openPort(address, host);
      servers.push(server);
      Object.assign(server, { allowHalfOpen: true, maxConnections: networkLimits.portConnections });
      server.on('connection', (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        socket.on('error', () => undefined);
        void connectTo(socket, () => dial(container, signal));
      });
    }
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A connection that nothing in the pod takes is closed. */
async function connectTo(socket: Socket, dial: () => Promise<Socket>): Promise<void> {
  try {
    const inside = await dial();
    if (socket.destroyed) inside.destroy();
    else joinStreams(socket.setNoDelay(true), inside);
  } catch {
    socket.destroy();
  }
}
