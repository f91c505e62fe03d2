import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { partNames } from '../../src/gateways/message/part-names.ts';
import { createServiceProxy } from '../../src/proxy/create-service-proxy.ts';
import type { ProxyLimits } from '../../src/proxy/proxy-limits.ts';
import type { Grant } from '../../src/proxy/proxy-session.ts';
import type { RedisChannels, ServiceDefinition } from '../../src/proxy/service-definition.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { describe } from '../../src/wire/sentence.ts';

interface ProxiedOptions {
  readonly services: readonly ServiceDefinition[];
  readonly redis?: RedisChannels;
  readonly limits?: Partial<ProxyLimits>;
}

export function createServers() {
  const servers: (Server | HttpServer)[] = [];
  return {
    async serve(listener: RequestListener) {
      const server = createHttpServer(listener);
      servers.push(server);
      return { server, url: `http://127.0.0.1:${await portOf(server)}` };
    },
    async listen(onConnection: (socket: import('node:net').Socket) => void): Promise<number> {
      const server = createServer(onConnection);
      servers.push(server);
      return portOf(server);
    },
    /** On every address of this machine. */
    async listenEverywhere(onConnection: (socket: import('node:net').Socket) => void): Promise<number> {
      const server = createServer(onConnection);
      servers.push(server);
      return portOf(server, '0.0.0.0');
    },
    close() {
      for (const server of servers.splice(0)) {
        if ('closeAllConnections' in server) server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function portOf(server: Server | HttpServer, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const { port }: AddressInfo = address;
  return port;
}

export type Servers = ReturnType<typeof createServers>;

export function openProxy(servers: Servers, { services, redis, limits }: ProxiedOptions) {
  const proxy = createServiceProxy({
    services,
    limits: { checkMs: 20, ...limits },
    logger: createSilentLogger(),
    ...(redis === undefined ? {} : { redis }),
  });
  return {
    proxy,
    async open(grant: Partial<Grant> = {}) {
      const names = services.map(({ name }) => name);
      const whole = { executionId: 'execution-1', tenant: 'default', services: names, budgets: {}, ...grant };
      const session = proxy.open(whole, (sentence) => describe(sentence, partNames));
      const port = await servers.listen((socket) => session.handle(socket));
      return { session, port, url: `http://127.0.0.1:${port}` };
    },
  };
}

/** Sends exact bytes and gives what comes back until the other side ends, or until `until` is in it. */
export function exchangeBytes(port: number, wire: string | Buffer, until?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.setEncoding('latin1').on('data', (piece) => {
      heard += piece;
      if (until !== undefined && heard.includes(until)) socket.destroy();
    });
    // What the other side did is judged by what was heard.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
    socket.write(typeof wire === 'string' ? Buffer.from(wire, 'latin1') : wire);
  });
}

/** Redis in small: everyone who subscribed hears every message. */
export function createChannels(): RedisChannels & { on(channel: string, listen: (text: string) => void): void } {
  const listeners = new Map<string, Set<(text: string) => void>>();
  const of = (channel: string) => {
    const found = listeners.get(channel) ?? new Set();
    listeners.set(channel, found);
    return found;
  };
  return {
    on: (channel, listen) => void of(channel).add(listen),
    async publish(channel, text) {
      for (const listen of of(channel)) setImmediate(listen, text);
      return of(channel).size;
    },
    async subscribe(channel, onMessage) {
      const listen = (text: string) => onMessage(Buffer.from(text));
      of(channel).add(listen);
      return async () => void of(channel).delete(listen);
    },
  };
}
