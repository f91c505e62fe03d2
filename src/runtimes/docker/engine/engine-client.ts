import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { boundConnecting, readBody } from '../../../support/net/bounded-call.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import type { DockerLimits, TlsMaterial } from '../docker-options.ts';
import { parseEngineAddress } from './engine-address.ts';
import { explainConnectionError } from './explain-connection-error.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without the version; its parts are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  /** For the registry that the engine is to ask, in the form of `X-Registry-Auth`. */
  readonly registryAuth?: string | undefined;
  /** An uncompressed tar. */
  readonly tar?: Readable;
  readonly signal?: AbortSignal | undefined;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** Speaks HTTP with one engine. Connections are kept; nothing is parsed here. */
export interface EngineClient {
  /** As it was configured, for messages. */
  readonly host: string;
  /**
   * One call with a small answer, read whole. A status that is an error is an answer, too.
   * @throws ExecError RUNTIME_UNAVAILABLE; the signal's reason
   */
  call(request: EngineRequest): Promise<EngineAnswer & { readonly body: Buffer }>;
  /** Sends one call with a streamed response, without a time limit. The caller destroys the body. */
  open(request: EngineRequest): Promise<Exchange>;
  close(): void;
}

interface Exchange extends EngineAnswer {
  readonly body: http.IncomingMessage;
  /** What an error of the body means. */
  readonly explain: (error: unknown) => unknown;
}

interface EngineClientOptions {
  readonly host: string;
  readonly tls?: TlsMaterial | undefined;
  readonly limits: DockerLimits;
}

export function createEngineClient({ host, tls, limits }: EngineClientOptions): EngineClient {
  const address = parseEngineAddress(host);
  const pool = {
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveMs,
    keepAliveMsecs: limits.keepAliveMs,
    maxFreeSockets: limits.idleConnections,
  };
  const secure = address.kind === 'tcp' && tls !== undefined;
  const agent = secure ? new https.Agent({ ...pool, ...tls }) : new http.Agent(pool);
  const target =
    address.kind === 'unix' ? { socketPath: address.socketPath } : { host: address.hostname, port: address.port };

  let closed = false;

  const begin = async (request: EngineRequest, timeoutMs?: number): Promise<Exchange> => {
    const { signal } = request;
    signal?.throwIfAborted();
    const json = request.json === undefined ? undefined : Buffer.from(JSON.stringify(request.json));
    const outgoing = (secure ? https : http).request({
      ...target,
      agent,
      method: request.method,
      path: request.path + queryOf(request),
      headers: headersOf(request, json),
    });
    let late = false;
    const giveUp = (): void => {
      outgoing.destroy();
    };
    const beLate = (): void => {
      late = true;
      giveUp();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(beLate, timeoutMs);
    const release = onAbort(signal, giveUp);
    const settle = (): void => {
      clearTimeout(timer);
      release();
    };
    const explain = (error: unknown): unknown => {
      if (signal?.aborted) return signal.reason;
      if (closed) return new ExecError('RUNTIME_UNAVAILABLE', 'The connection to the Docker Engine was closed by us.');
      return late ? noAnswer(host, request) : explainConnectionError(error, host);
    };
    try {
      boundConnecting(outgoing, limits.connectTimeoutMs);
      const response = responseOf(outgoing);
      if (request.tar === undefined) outgoing.end(json);
      // A failed upload destroys the request, and that is how it is noticed.
      else pipeline(request.tar, outgoing).catch(() => undefined);
      const body = await response;
      body.once('close', settle);
      return { status: body.statusCode ?? 0, headers: body.headers, body, explain };
    } catch (error) {
      settle();
      outgoing.destroy();
      throw explain(error);
    }
  };

  const call: EngineClient['call'] = async (request) => {
    // An upload takes the time it takes.
    const { body, explain, ...answer } = await begin(
      request,
      request.tar === undefined ? limits.callTimeoutMs : undefined,
    );
    try {
      return { ...answer, body: await readBody(body, limits.answerBytes) };
    } catch (error) {
      throw explain(error);
    }
  };

  const open: EngineClient['open'] = (request) => begin(request);

  const close = (): void => {
    closed = true;
    agent.destroy();
  };

  return { host, call, open, close };
}

function queryOf({ query = {} }: EngineRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function headersOf({ tar, registryAuth }: EngineRequest, json: Buffer | undefined): http.OutgoingHttpHeaders {
  if (registryAuth !== undefined) return { 'x-registry-auth': registryAuth };
  if (json !== undefined) return { 'content-type': 'application/json', 'content-length': json.length };
  return tar === undefined ? {} : { 'content-type': 'application/x-tar' };
}

function responseOf(outgoing: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // Stays attached: an error after the answer began reaches the body, and must not be thrown here as well.
    outgoing.on('error', reject);
  });
}

function noAnswer(host: string, { method, path }: EngineRequest): ExecError {
  const message = `The Docker Engine at ${host} did not answer ${method} ${path} in time. Is its machine overloaded?`;
  const away: AwayFacts = { runtimeAway: true };
  return new ExecError('RUNTIME_UNAVAILABLE', message, { context: { host, method, path, ...away } });
}
