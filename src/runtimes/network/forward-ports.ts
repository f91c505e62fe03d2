import type { Server } from 'node:net';
import { ExecError } from '../../support/exec-error.ts';
import type { NetworkTools } from './network-tools.ts';
import { openPort } from './open-port.ts';
import { type Helper, startHelper } from './start-helper.ts';

export interface ForwardRequest {
  readonly tools: NetworkTools;
  /** A path of the namespace: `/proc/<pid>/ns/net`, or a file that it is bound to. Its loopback has to be up. */
  readonly netns: string;
  readonly ports: readonly { readonly container: number; readonly host: number }[];
  /** Where the host ports are opened. Default: 127.0.0.1. */
  readonly address?: string;
  /** For each port. */
  readonly maxConnections: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PortForwarding {
  /** Closes the ports and ends what is forwarded. Safe to repeat. */
  close(): Promise<void>;
}

/** Where containers are listened for; a server that listens on all addresses is reached there too. */
const inside = '127.0.0.1';

/**
 * Forwards ports of this machine into a network namespace. A process in there accepts on sockets that were opened out
 * here, so that no byte passes through this one; it ends with `close`, or when this process does.
 * @throws ExecError START_FAILED when a host port cannot be opened, naming it; RUNTIME_UNAVAILABLE; the signal's reason
 */
export async function forwardPorts(request: ForwardRequest): Promise<PortForwarding> {
  const { tools, netns, ports, address = '127.0.0.1', maxConnections, timeoutMs, signal } = request;
  signal.throwIfAborted();
  const servers: Server[] = [];
  let helper: Helper | undefined;
  const close = async (): Promise<void> => {
    for (const server of servers) server.close();
    helper?.process.kill('SIGKILL');
    await helper?.ended;
  };
  try {
    for (const { host } of ports) servers.push(await openPort(address, host));
    const started = startHelper({ tools, netns, script: 'forward-helper', args: [inside, String(maxConnections)] });
    helper = started;
    await Promise.all(
      ports.map(({ container }, index) => handOver(started, servers[index], container, timeoutMs, signal)),
    );
    return { close };
  } catch (error) {
    await close();
    signal.throwIfAborted();
    throw error;
  }
}

async function handOver(
  { process: child, said, ended }: Helper,
  server: Server | undefined,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  // What connects before the helper accepts goes to it too.
  server?.on('connection', (socket) => child.send(String(port), socket));
  const taken = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === port) resolve();
    });
  });
  child.send(String(port), server);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const failed = new Promise<never>((_, reject) => {
    const fail = (why: string) =>
      reject(new ExecError('RUNTIME_UNAVAILABLE', `Port ${port} cannot be forwarded into the container: ${why}.`));
    limit.addEventListener('abort', () => fail('the helper did not answer in time'), { once: true });
    void ended.then(() => fail(said() || 'the helper has ended'));
  });
  await Promise.race([taken, failed]);
  server?.close();
}
