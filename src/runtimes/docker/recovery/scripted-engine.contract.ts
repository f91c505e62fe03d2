import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerLimits, defaultDockerLimits } from '../docker-options.ts';
import { connectEngine, type Engine } from '../engine/connect-engine.ts';
import { createEngineClient } from '../engine/engine-client.ts';

export const limits: DockerLimits = { ...defaultDockerLimits, engineAwayMs: 2000, retryPauseMs: 20, logSettleMs: 20 };

export type Route = (request: IncomingMessage, response: ServerResponse) => void;

/** The address of an engine that a test starts and stops, and a connection to it. */
export interface ScriptedEngine {
  readonly engine: Engine;
  /** `unix://…` */
  readonly host: string;
  /** An engine that answers by script; stopping it cuts every connection, as a killed daemon does. */
  start(routes: Readonly<Record<string, Route>>, components?: readonly string[]): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

export async function openScriptedEngine(): Promise<ScriptedEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'engine-'));
  const socketPath = join(directory, 'socket');
  const host = `unix://${socketPath}`;
  const engine = connectEngine(createEngineClient({ host, limits }));
  const running: { stop(): Promise<void> }[] = [];
  return {
    engine,
    host,
    async start(routes, components = ['Engine']) {
      const common: Record<string, Route> = {
        'GET /_ping': (_, response) => response.setHeader('api-version', '1.41').end('OK'),
        'GET /version': reply({
          Version: '20.10',
          ApiVersion: '1.41',
          Components: components.map((Name) => ({ Name })),
        }),
        'GET /info': reply({}),
      };
      const server = createServer((request, response) => {
        const path = request.url?.replace(/^\/v1\.41/, '').replace(/\?.*/, '');
        const route = routes[`${request.method} ${path}`] ?? common[`${request.method} ${path}`];
        if (route === undefined) response.writeHead(404).end(`{"message":"no ${path}"}`);
        else route(request, response);
      });
      server.listen(socketPath);
      await once(server, 'listening');
      const stop = async (): Promise<void> => {
        if (!server.listening) return;
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      };
      running.push({ stop });
      return { stop };
    },
    async close() {
      engine.close();
      for (const server of running.splice(0)) await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

export function reply(value: unknown): Route {
  return (_, response) => response.end(JSON.stringify(value));
}

export function stateOf(state: { Running: boolean; ExitCode: number }): Route {
  return reply({ Id: 'c', State: { Status: state.Running ? 'running' : 'exited', ...state } });
}
