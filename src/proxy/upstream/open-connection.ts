import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where an upstream is. */
export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM of the authorities to trust in place of the public ones. */
  readonly ca: string | undefined;
}

export function openConnection({ host, port, tls, ca }: UpstreamAddress): Socket {
  if (!tls) return connect({ host, port, noDelay: true });
  const trust = ca === undefined ? {} : { ca };
  const socket = connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'], ...trust });
  return socket.setNoDelay(true);
}
