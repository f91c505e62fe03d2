import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** A reverse proxy in front of an agent, as an operator sets one up. */
export interface TestProxy {
  readonly origin: string;
  /** Paths that were asked for and are not below the one that the proxy serves. */
  readonly outside: readonly string[];
  close(): Promise<void>;
}

interface ProxyOptions {
  /** The port of the agent on this host. */
  readonly port: number;
  readonly base: string;
  /** Whether it takes the path away before it asks the agent. */
  readonly strips: boolean;
}

export async function startProxy({ port, base, strips }: ProxyOptions): Promise<TestProxy> {
  const outside: string[] = [];
  const server = createServer((incoming, response) => {
    const { url = '/', method, headers } = incoming;
    if (url !== base && !url.startsWith(`${base}/`)) {
      outside.push(url);
      response.writeHead(404).end();
      return;
    }
    const path = strips ? url.slice(base.length) || '/' : url;
    const upstream = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    outside,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
