import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { givenAddresses } from '../../../support/net/given-addresses.ts';
import type { JudgePlace } from '../../registries/judge-place.ts';

/** An HTTP proxy that connects to places that are judged first, and to the addresses that were judged. */
export interface JudgedProxy {
  accept(socket: Socket): void;
  /** Takes a connection that is meant for that place without knowing of a proxy. */
  tunnel(socket: Socket, host: string, port: number): void;
  /** Why it refused a place; undefined: it did not. */
  refusal(): ExecError | undefined;
  /** Why its last connection could not be made; undefined: it was. */
  problem(): string | undefined;
  close(): void;
}

const badGateway = 502;
/** Headers between a client and its proxy. */
const ownHeaders: readonly string[] = ['proxy-connection', 'proxy-authorization', 'connection', 'keep-alive'];

export function createJudgedProxy(judge: JudgePlace): JudgedProxy {
  const open = new Set<Duplex>();
  let refused: ExecError | undefined;
  let problem: string | undefined;

  const keep = <T extends Duplex>(stream: T): T => {
    open.add(stream);
    stream.once('close', () => open.delete(stream));
    return stream;
  };
  const note = (error: unknown): string => {
    if (error instanceof ExecError) refused ??= error;
    problem = messageOf(error);
    return problem.replace(/[^\x20-\x7e]/g, '?');
  };
  const join = (client: Duplex, server: Socket) => {
    pipeline(client, server, () => undefined);
    pipeline(server, client, () => undefined);
  };
  const dial = (host: string, port: number, lookup?: ReturnType<typeof givenAddresses>): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = keep(connect({ host, port, ...(lookup === undefined ? {} : { lookup }) }));
      socket.once('error', reject);
      socket.once('connect', () => {
        problem = undefined;
        resolve(socket);
      });
    });

  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const url = new URL(request.url ?? '');
      const lookup = givenAddresses(await judge(url));
      if (response.destroyed) return;
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !ownHeaders.includes(name)),
      );
      const asked = requestHttp(url, { method: request.method ?? 'GET', headers, lookup, agent: false });
      asked.once('socket', keep);
      asked.on('error', (error) => refuse(response, error));
      asked.once('response', (answer) => passOn(answer, response));
      asked.once('upgrade', (_answer, socket) => {
        socket.destroy();
        refuse(response, new Error('The registry wants another protocol than HTTP.'));
      });
      response.once('close', () => asked.destroy());
      request.pipe(asked);
    } catch (error) {
      refuse(response, error);
    }
  };
  /** A registry may send a status or headers that cannot be sent on. */
  const passOn = (answer: IncomingMessage, response: ServerResponse) => {
    try {
      response.writeHead(answer.statusCode ?? badGateway, answer.headers);
      problem = undefined;
      pipeline(answer, response, () => undefined);
    } catch (error) {
      answer.destroy();
      refuse(response, error);
    }
  };
  const refuse = (response: ServerResponse, error: unknown) => {
    const why = note(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(badGateway, why).end();
  };

  const server = createServer((request, response) => void forward(request, response));
  server.on('connect', async (request, client, head) => {
    keep(client).on('error', () => client.destroy());
    try {
      const url = new URL(`https://${request.url}`);
      const lookup = givenAddresses(await judge(url));
      const upstream = await dial(withoutBrackets(url.hostname), Number(url.port || '443'), lookup);
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      upstream.write(head);
      join(client, upstream);
    } catch (error) {
      client.end(`HTTP/1.1 ${badGateway} ${note(error)}\r\n\r\n`);
    }
  });

  return {
    accept: (socket) => void server.emit('connection', keep(socket)),
    async tunnel(socket, host, port) {
      keep(socket).on('error', () => socket.destroy());
      try {
        join(socket, await dial(host, port));
      } catch (error) {
        note(error);
        socket.destroy();
      }
    },
    refusal: () => refused,
    problem: () => problem,
    close() {
      for (const stream of open) stream.destroy();
    },
  };
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
