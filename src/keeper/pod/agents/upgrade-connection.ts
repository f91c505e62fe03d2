import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { joinStreams } from '../../../support/net/join-streams.ts';
import { carrierProtocol, dataProtocol, portProtocol, waitProtocol } from '../../../wire/pod/pod.ts';
import type { PodConnections } from '../pod-connections.ts';
import { admit, claimOf, portOf, Refusal } from './agent-request.ts';
import type { Claims } from './claims.ts';

export interface UpgradeOptions {
  readonly claims: Claims;
  /** Stages and collects over a connection of an agent, until that ends. */
  readonly serveData: (connection: Duplex) => Promise<void>;
  readonly connections: Pick<PodConnections, 'offer' | 'connect'>;
}

/**
 * Makes the connection of a request that asks for it one for data, for calls or for a port, or one that only waits.
 * @throws Refusal of the claim or the request; the caller ends the connection
 */
export async function upgradeConnection(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: UpgradeOptions,
): Promise<void> {
  const cut = () => socket.destroy();
  if (request.url === '/wait' && request.headers.upgrade === waitProtocol) {
    socket.on('error', cut).once('end', cut).resume();
    return switchTo(socket, waitProtocol);
  }
  const signal = await admit(options.claims, claimOf(request));
  signal.addEventListener('abort', cut, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', cut));
  socket.on('error', cut);
  if (head.length > 0) socket.unshift(head);
  await serveUpgraded(request, socket, options);
}

async function serveUpgraded(
  { url, headers }: IncomingMessage,
  socket: Duplex,
  { connections, serveData }: UpgradeOptions,
): Promise<void> {
  const [, area, port] = new URL(url ?? '/', 'https://pod').pathname.split('/');
  const wanted = `${area} ${headers.upgrade}`;
  if (wanted === `data ${dataProtocol}`) {
    switchTo(socket, dataProtocol);
    await serveData(socket);
    return void socket.end();
  }
  // Either side of these may end its half before the other.
  socket.allowHalfOpen = true;
  if (wanted === `carrier ${carrierProtocol}`) {
    switchTo(socket, carrierProtocol);
    return connections.offer(socket);
  }
  if (wanted !== `ports ${portProtocol}`) throw new Refusal(400, `the pod has no ${headers.upgrade}`);
  const connection = await connections.connect(portOf(port));
  switchTo(socket, portProtocol);
  joinStreams(socket, connection);
}

function switchTo(socket: Duplex, protocol: string): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`);
}
