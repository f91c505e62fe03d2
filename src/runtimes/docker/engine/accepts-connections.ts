import net from 'node:net';
import { parseEngineAddress } from './engine-address.ts';

/** Whether an engine takes new connections: one that is being stopped does not, and still answers on those it has. */
export function acceptsConnections(host: string, timeoutMs: number): Promise<boolean> {
  const address = parseEngineAddress(host);
  return new Promise((resolve) => {
    const socket =
      address.kind === 'unix' ? net.connect(address.socketPath) : net.connect(address.port, address.hostname);
    const say = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(timeoutMs, () => say(false));
    socket.once('connect', () => say(true)).once('error', () => say(false));
  });
}
