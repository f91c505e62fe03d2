import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { isLoopbackHost } from '../../support/net/loopback-host.ts';
import type { HttpRoomOptions } from '../http-room.ts';
import type { HttpApp } from './bare-app.ts';
import { createConnectionShares } from './connection-shares.ts';

export interface HttpPlace {
  /** An address or name of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface HttpServer {
  readonly url: string;
  /** Stops listening and ends open requests; clients that followed something reconnect to another agent. */
  close(): Promise<void>;
}

/**
 * Listens at once; what serves requests is loaded with the first of them, so that an agent nobody asks over HTTP costs
 * neither the time nor the memory.
 * @throws ExecError INVALID_REQUEST for a place beyond this machine while there is no token, or one that is taken
 */
export async function openHttpServer({ host, port }: HttpPlace, options: HttpRoomOptions): Promise<HttpServer> {
  const { limits } = options;
  if (!isLoopbackHost(host) && (await options.tokens.isEmpty()))
    throw new ExecError(
      'INVALID_REQUEST',
      `EXEC_HTTP_HOST=${host} can be reached from other hosts, and there is no token yet: anyone could run containers. Create one with "exec-agent token create", or set EXEC_HTTP_HOST to 127.0.0.1.`,
    );
  const shares = createConnectionShares(limits.connectionsPerCaller);
  const refused = new WeakSet<Socket>();
  let loading: Promise<HttpApp> | undefined;
  const load = async () => {
    const [{ createHttpApp }, modules] = await Promise.all([import('./create-http-app.ts'), options.loadModules()]);
    return createHttpApp(options, modules, shares);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      loading ??= load();
      (await loading).routing(request, response);
    } catch (error) {
      options.logger.error({ err: error }, 'HTTP requests cannot be served');
      response.writeHead(500).end();
    }
  };
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.headersMs,
    },
    (request, response) => {
      if (refused.has(request.socket)) return;
      responses.set(request.socket, response);
      void serve(request, response);
    },
  );
  const responses = new WeakMap<Socket, ServerResponse>();
  server.on('timeout', (socket) => {
    const response = responses.get(socket);
    // A request that was received and waits for the agent is not idle: with ?wait= it may for minutes.
    const waitsForUs = response?.req.complete === true && !response.headersSent;
    if (!waitsForUs) socket.destroy();
  });
  server.on('connection', (socket) => {
    if (!shares.admit(socket)) refused.add(socket);
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleMs;
  server.keepAliveTimeout = limits.idleMs;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, { host, port });
  }
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await (await loading?.catch(() => undefined))?.close();
    },
  };
}

function cannotListen(error: unknown, { host, port }: HttpPlace): ExecError {
  const taken = errnoOf(error) === 'EADDRINUSE' ? 'the port is already in use' : messageOf(error);
  return new ExecError(
    'INVALID_REQUEST',
    `PORT=${port} on ${host} cannot be used: ${taken}. Choose another port, or PORT=off for an agent without HTTP.`,
    { cause: error },
  );
}
