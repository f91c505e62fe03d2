import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { boundConnecting } from '../../../support/net/bounded-call.ts';
import type { Credential, KubeAccess } from './credentials/kube-access.ts';

export interface TransportLimits {
  readonly connectTimeoutMs: number;
  /** For a whole answer that is not a stream. */
  readonly callTimeoutMs: number;
  readonly answerBytes: number;
  readonly idleConnections: number;
}

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the API's root, without a query: `/api/v1/namespaces/jobs/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

/** Connections to one API server; errors are those of Node.js. */
export interface ApiTransport {
  /** The answer's beginning; the caller reads or destroys the body. */
  open(call: ApiCall, credential: Credential): Promise<ApiAnswer>;
  /** Asks for another protocol by these headers; without `socket` the server has answered in HTTP. */
  upgrade(call: ApiCall, credential: Credential, headers: Upgrade): Promise<ApiAnswer & { readonly socket?: Socket }>;
  close(): void;
}

/** Headers in small letters. */
export type Upgrade = Readonly<Record<string, string>> & { readonly upgrade: string };

export function createTransport(access: KubeAccess, limits: TransportLimits): ApiTransport {
  const { server, ca, insecure, serverName } = access;
  const pool = { keepAlive: true, maxFreeSockets: limits.idleConnections };
  const isSecure = server.protocol === 'https:';
  const agent = isSecure ? new https.Agent(pool) : new http.Agent(pool);
  const tls = { ca, rejectUnauthorized: !insecure, ...(serverName === undefined ? {} : { servername: serverName }) };
  const begin = (call: ApiCall, { token, certificate }: Credential, more: http.OutgoingHttpHeaders = {}) => {
    const body = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json));
    const outgoing = (isSecure ? https : http).request({
      agent,
      protocol: server.protocol,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || (isSecure ? 443 : 80),
      path: pathOf(server, call),
      method: call.method,
      headers: { ...headersOf(call, body, token), ...more },
      // The pool keeps connections of different certificates apart.
      ...(isSecure ? { ...tls, ...certificate } : {}),
    });
    boundConnecting(outgoing, limits.connectTimeoutMs);
    return { outgoing, body };
  };
  const answerOf = (response: http.IncomingMessage): ApiAnswer => ({
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: response,
  });
  const open: ApiTransport['open'] = (call, credential) =>
    new Promise((resolve, reject) => {
      const { outgoing, body } = begin(call, credential);
      const release = onAbort(call.signal, () => outgoing.destroy(new Error('the call was interrupted')));
      outgoing.once('close', release);
      // Stays attached: an error after the answer began reaches its body, and must not be thrown here as well.
      outgoing.on('error', (error) => reject(call.signal.aborted ? call.signal.reason : error));
      outgoing.once('response', (response) => resolve(answerOf(response)));
      outgoing.end(body);
    });
  const upgrade: ApiTransport['upgrade'] = (call, credential, headers) =>
    new Promise((resolve, reject) => {
      const { outgoing } = begin(call, credential, { accept: '*/*', connection: 'upgrade', ...headers });
      // What was upgraded outlives the call.
      const release = onAbort(call.signal, () => outgoing.destroy(new Error('the call was interrupted')));
      outgoing.on('error', (error) => reject(call.signal.aborted ? call.signal.reason : error));
      outgoing.once('response', (response) => resolve(answerOf(response)));
      outgoing.once('upgrade', (response, socket, head) => {
        release();
        if (head.length > 0) socket.unshift(head);
        resolve({ ...answerOf(response), socket });
      });
      outgoing.end();
    });
  return { open, upgrade, close: () => agent.destroy() };
}

function pathOf(server: URL, { path, query = {} }: ApiCall): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const base = server.pathname.replace(/\/$/, '');
  return `${base}${path}${parameters.size === 0 ? '' : `?${parameters}`}`;
}

function headersOf({ contentType }: ApiCall, body: Buffer | undefined, token: string | undefined) {
  return {
    accept: 'application/json',
    'user-agent': 'exec-agent',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json', 'content-length': body.length }),
  };
}
