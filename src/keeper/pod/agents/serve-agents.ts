import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { encodeOutput } from '../../../runtimes/beside/output-frames.ts';
import { messageOf } from '../../../support/exec-error.ts';
import { podTlsOptions } from '../../../support/net/pod-key.ts';
import { holdOrderSchema, type StepEnd, startRequestSchema, writtenSchema } from '../../../wire/pod/pod.ts';
import type { MeasureUsage } from '../../../workspace/tree/measure-usage.ts';
import type { HoldEvent } from '../../hold/hold-events.ts';
import type { KeptSteps } from '../steps/keep-steps.ts';
import { admit, bodyOf, claimOf, positionOf, Refusal } from './agent-request.ts';
import { type UpgradeOptions, upgradeConnection } from './upgrade-connection.ts';

export interface ServeAgentsOptions extends UpgradeOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The pod's name and its key. */
  readonly pod: string;
  readonly key: Buffer;
  readonly steps: KeptSteps;
  /** Of the directories that commands write to. */
  readonly measure: MeasureUsage;
  /** Whether the pod received a signal to end. */
  readonly isEnding: () => boolean;
}

export interface AgentServer {
  readonly port: number;
  /** Resolves when an agent reports that it has recorded everything. */
  readonly done: Promise<void>;
  /** How many connections of agents are open. */
  connections(): number;
  close(): Promise<void>;
}

// Most of them for calls and ports of the command.
const mostConnections = 640;
const handshakeMs = 10_000;
/** An agent whose host is gone must not count as one that is connected. */
const liveness = { keepAlive: true, keepAliveInitialDelay: 15_000 };
const signalSchema = z.object({ signal: z.number().int().min(1).max(64) });

/**
 * Serves the agents of the pod's deployment over HTTP in TLS with the pod's key. Each request bears a claim; one with a
 * lower fence than another had is refused, also while it is being answered.
 *
 *   GET  /steps              the state of each step
 *   GET  /steps/NAME/users   the users and groups of its image, once its container has started
 *   POST /steps/NAME/order   an order, which is stored for `start`; the first one counts
 *   POST /steps/NAME/start   an order, or none for the stored one, and bounds; answered once the command is executed, with how it
 *                            ended where it is not
 *   GET  /steps/NAME/output?position=0   its output from there, until it has ended
 *   GET  /steps/NAME/end     answered once it has ended
 *   POST /steps/NAME/signal  {"signal": 15}
 *   POST /written            what is in the writable directories, counted until it is more than the bounds in the body
 *   POST /done               everything is recorded
 *   GET  /data               with "Upgrade: exec-agent-data": a connection for `serveData`
 *   GET  /carrier            with "Upgrade: exec-agent-carrier": a connection for one call of the command to a service
 *   GET  /ports/PORT         with "Upgrade: exec-agent-port": a connection to a port of the command
 *   GET  /wait               with "Upgrade: exec-agent-wait" and no claim: the agent that made the pod ahead is there
 */
export async function serveAgents(options: ServeAgentsOptions): Promise<AgentServer> {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const http = createHttpServer((request, response) => {
    handle(request, response, options, finish).catch((error: unknown) => fail(response, error));
  });
  http.on('upgrade', (request, socket, head) => {
    upgradeConnection(request, socket, head, options).catch(() => socket.destroy());
  });
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    { ...podTlsOptions(options.pod, options.key), handshakeTimeout: handshakeMs, noDelay: true, ...liveness },
    (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      http.emit('connection', socket);
    },
  );
  server.maxConnections = mostConnections;
  // Who has no key is not worth a word.
  server.on('tlsClientError', () => undefined);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    done,
    connections: () => sockets.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else send(response, error instanceof Refusal ? error.status : 500, { error: messageOf(error) });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { claims, steps, measure, isEnding }: ServeAgentsOptions,
  finish: () => void,
): Promise<void> {
  const signal = await admit(claims, claimOf(request));
  const cut = () => response.destroy();
  signal.addEventListener('abort', cut, { once: true });
  response.once('close', () => signal.removeEventListener('abort', cut));
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://pod');
  const [, area, step = '', what] = pathname.split('/').map(decodeURIComponent);
  const route = `${request.method} ${area === 'steps' && step !== '' ? what : area}`;
  if (area === 'steps' && step !== '' && !steps.has(step))
    throw new Refusal(404, `the pod has no step ${JSON.stringify(step)}`);
  switch (route) {
    case 'GET steps':
      return send(
        response,
        200,
        (await steps.states()).map((state) => ({ ...state, isEnding: isEnding() })),
      );
    case 'GET users': {
      const { passwd, group } = await steps.users(step);
      return send(response, 200, { passwd, group });
    }
    case 'POST order': {
      const order = await bodyOf(request, holdOrderSchema);
      signal.throwIfAborted();
      await steps.order(step, order);
      return send(response, 200, {});
    }
    case 'POST start': {
      const isEmpty = request.headers['content-length'] === '0';
      const { order, bounds } = isEmpty ? {} : await bodyOf(request, startRequestSchema);
      // A claim that was superseded while its body arrived must not start anything.
      signal.throwIfAborted();
      const started = await outcomeOf(steps.start(step, order, bounds));
      return send(response, 200, started === 'begun' ? { kind: 'begun' } : started);
    }
    case 'GET output':
      return sendOutput(response, steps, step, positionOf(searchParams.get('position')));
    case 'GET end':
      return send(response, 200, await outcomeOf(steps.ended(step)));
    case 'POST signal': {
      const { signal: number } = await bodyOf(request, signalSchema);
      signal.throwIfAborted();
      steps.signal(step, number);
      return send(response, 200, {});
    }
    case 'POST written':
      return send(response, 200, await measure(await bodyOf(request, writtenSchema), signal));
    case 'POST done':
      send(response, 200, {});
      return finish();
    default:
      throw new Refusal(404, `the pod has no ${request.method} ${pathname}`);
  }
}

/** What the pod refuses to execute is an outcome as well, and not a fault of the connection. */
async function outcomeOf(asked: Promise<'begun' | HoldEvent>): Promise<'begun' | StepEnd> {
  try {
    const event = await asked;
    if (event === 'begun') return event;
    if (event.kind === 'exited') return { ...event, counters: Object.fromEntries(event.counters) };
    if (event.kind === 'failed') return event;
    return { kind: 'refused', why: `it reported ${event.kind}` };
  } catch (error) {
    return { kind: 'refused', why: messageOf(error) };
  }
}

async function sendOutput(response: ServerResponse, steps: KeptSteps, step: string, from: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream' }).flushHeaders();
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  let position = from;
  while (!response.destroyed) {
    // Asked for first: what is added while the file is read wakes the next round.
    const grown = steps.grown(step);
    const isLast = steps.hasEnded(step);
    for await (const piece of steps.file(step).output(position)) {
      position = piece.position;
      if (!response.write(encodeOutput(piece))) await Promise.race([once(response, 'drain'), closed]);
      if (response.destroyed) return;
    }
    if (isLast) return void response.end();
    await Promise.race([grown, closed]);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
}
