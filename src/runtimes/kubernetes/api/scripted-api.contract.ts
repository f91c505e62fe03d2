import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type ApiClient, createApiClient } from './api-client.ts';
import type { TransportLimits } from './api-transport.ts';
import { fixedCredential } from './credentials/fixed-credential.ts';
import type { KubeAccess } from './credentials/kube-access.ts';

/** What reached the server. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answering = (asked: Asked, response: ServerResponse) => void;

export interface ScriptedApi {
  readonly client: ApiClient;
  readonly asked: readonly Asked[];
  [Symbol.asyncDispose](): Promise<void>;
}

export const apiLimits: TransportLimits = {
  connectTimeoutMs: 5_000,
  callTimeoutMs: 5_000,
  answerBytes: 100_000,
  idleConnections: 2,
};

/** A server for what a real API server does not do on demand. */
export async function openScriptedApi(
  answer: Answering,
  access: Partial<KubeAccess> = {},
  limits: Partial<TransportLimits> = {},
): Promise<ScriptedApi> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    const body = await text(request);
    const one: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: body === '' ? undefined : JSON.parse(body),
    };
    asked.push(one);
    answer(one, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = createApiClient(
    {
      server: new URL(`http://127.0.0.1:${port}`),
      insecure: false,
      namespace: 'default',
      credentials: fixedCredential({}, 'nothing'),
      origin: 'the test',
      ...access,
    },
    { ...apiLimits, ...limits },
  );
  return {
    client,
    asked,
    async [Symbol.asyncDispose]() {
      client.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The API's Status object. */
export function status(code: number, reason: string, message: string, details = {}) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}
