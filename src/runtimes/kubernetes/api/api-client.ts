import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { readBody } from '../../../support/net/bounded-call.ts';
import { ApiError, type ApiVerb, apiErrorOf } from './api-error.ts';
import { type ApiPlace, apiPath } from './api-resource.ts';
import { type ApiAnswer, type ApiCall, createTransport, type TransportLimits, type Upgrade } from './api-transport.ts';
import type { Credential, KubeAccess } from './credentials/kube-access.ts';
import { explainApiError } from './explain-api-error.ts';

export interface ListQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface DeleteOptions {
  /** The object is deleted only while it is this one. */
  readonly uid?: string;
  /** The object is deleted only while nothing of it has changed. */
  readonly resourceVersion?: string;
  readonly graceSeconds?: number;
}

/**
 * A Kubernetes API server. Every method fails with an ApiError when the server answers with an error, with an ExecError
 * RUNTIME_UNAVAILABLE when there is no answer that can be read or no credential, and with the signal's reason.
 */
export interface ApiClient {
  readonly access: KubeAccess;
  /** The server's version: `v1.34.4`. */
  version(signal: AbortSignal): Promise<string>;
  /** One object; undefined when there is none of that name. */
  get<T>(place: ApiPlace, name: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined>;
  /** One page of a collection, as the API sends it. */
  list<T>(place: ApiPlace, query: ListQuery & PageQuery, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** With `dryRun` everything is checked and nothing is stored. */
  create<T>(
    place: ApiPlace,
    object: unknown,
    schema: z.ZodType<T>,
    options: { readonly dryRun?: boolean; readonly signal: AbortSignal },
  ): Promise<T>;
  /** False when there was none; a precondition that does not hold is the ApiError `Conflict`. */
  delete(place: ApiPlace, name: string, options: DeleteOptions, signal: AbortSignal): Promise<boolean>;
  /** Lays a JSON merge patch over an object. */
  patch<T>(place: ApiPlace, name: string, patch: unknown, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** The raw stream of a watch; the caller destroys it. */
  watch(place: ApiPlace, query: ListQuery & WatchQuery, signal: AbortSignal): Promise<IncomingMessage>;
  /** Asks for another protocol at a subresource of an object; the caller destroys the socket. */
  upgrade(place: ApiPlace, call: UpgradeCall, signal: AbortSignal): Promise<Upgraded>;
  close(): void;
}

export interface UpgradeCall {
  /** Of the object. */
  readonly name: string;
  readonly subresource: string;
  readonly query: NonNullable<ApiCall['query']>;
  readonly headers: Upgrade;
}

export interface Upgraded {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
}

export interface PageQuery {
  readonly limit?: number;
  readonly continue?: string;
}

export interface WatchQuery {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
}

const mergePatch = 'application/merge-patch+json';
const notFound = 404;
const unauthorized = 401;

export function createApiClient(access: KubeAccess, limits: TransportLimits): ApiClient {
  const transport = createTransport(access, limits);

  const failed = async (verb: ApiVerb, place: ApiPlace, { status, headers, body }: ApiAnswer): Promise<ApiError> => {
    const attempted = { verb, resource: place.resource.name, namespace: place.namespace };
    return apiErrorOf(status, String(await readBody(body, limits.answerBytes)), attempted, headers['retry-after']);
  };

  /** A credential that was refused is replaced once, where there is another one. */
  const authorized = async <T>(send: (credential: Credential) => Promise<T>): Promise<T> => {
    const credential = await access.credentials.get();
    try {
      return await send(credential);
    } catch (error) {
      const isStale = error instanceof ApiError && error.status === unauthorized;
      if (isStale && (await access.credentials.refused(credential))) return send(await access.credentials.get());
      throw error;
    }
  };

  const open = (verb: ApiVerb, place: ApiPlace, call: ApiCall): Promise<ApiAnswer> =>
    authorized(async (credential) => {
      const answer = await transport.open(call, credential);
      if (answer.status < 300) return answer;
      throw await failed(verb, place, answer);
    });

  /** One answer that is read whole, within the time for a call. */
  const ask = async <T>(verb: ApiVerb, place: ApiPlace, call: ApiCall, read: (body: string) => T): Promise<T> => {
    const late = AbortSignal.timeout(limits.callTimeoutMs);
    try {
      const { body } = await open(verb, place, { ...call, signal: AbortSignal.any([call.signal, late]) });
      return read(String(await readBody(body, limits.answerBytes)));
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof ApiError) throw error;
      throw explainApiError(late.aborted ? noAnswer(call, limits) : error, access);
    }
  };

  const parse =
    <T>(schema: z.ZodType<T>) =>
    (body: string): T => {
      const { data, problem } = readJson(body, schema);
      if (problem === undefined) return data;
      const text = `The Kubernetes API at ${access.server.host} sent what cannot be understood: ${problem}.`;
      throw new ExecError('RUNTIME_UNAVAILABLE', text);
    };

  return {
    access,
    async version(signal) {
      const place = { resource: { version: 'v1', name: 'version' } };
      const schema = z.object({ gitVersion: z.string() });
      return (await ask('get', place, { method: 'GET', path: '/version', signal }, parse(schema))).gitVersion;
    },
    async get(place, name, schema, signal) {
      const call: ApiCall = { method: 'GET', path: apiPath(place, name), signal };
      return orWithout(ask('get', place, call, parse(schema)), undefined);
    },
    list: (place, query, schema, signal) =>
      ask('list', place, { method: 'GET', path: apiPath(place), query: { ...query }, signal }, parse(schema)),
    create: (place, object, schema, { dryRun = false, signal }) => {
      const query = dryRun ? { dryRun: 'All' } : {};
      return ask('create', place, { method: 'POST', path: apiPath(place), query, json: object, signal }, parse(schema));
    },
    delete: (place, name, { uid, resourceVersion, graceSeconds }, signal) => {
      const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
      const json = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: graceSeconds, preconditions };
      const call: ApiCall = { method: 'DELETE', path: apiPath(place, name), json, signal };
      return orWithout(
        ask('delete', place, call, () => true),
        false,
      );
    },
    patch: (place, name, patch, schema, signal) => {
      const call: ApiCall = {
        method: 'PATCH',
        path: apiPath(place, name),
        json: patch,
        contentType: mergePatch,
        signal,
      };
      return ask('patch', place, call, parse(schema));
    },
    async watch(place, query, signal) {
      const watched = { ...query, watch: true, allowWatchBookmarks: true };
      try {
        const { body } = await open('watch', place, { method: 'GET', path: apiPath(place), query: watched, signal });
        return body;
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof ApiError ? error : explainApiError(error, access);
      }
    },
    async upgrade(place, { name, subresource, query, headers }, signal) {
      const resource = { ...place.resource, name: `${place.resource.name}/${subresource}` };
      const call: ApiCall = { method: 'GET', path: `${apiPath(place, name)}/${subresource}`, query, signal };
      try {
        return await authorized(async (credential) => {
          const answer = await transport.upgrade(call, credential, headers);
          if (answer.socket === undefined) throw await failed('create', { ...place, resource }, answer);
          return { headers: answer.headers, socket: answer.socket };
        });
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof ApiError ? error : explainApiError(error, access);
      }
    },
    close: transport.close,
  };
}

/** The other value when there is no such object; a namespace that is missing is an error of its own. */
async function orWithout<T>(asked: Promise<T>, without: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === notFound && error.reason === 'NotFound') return without;
    throw error;
  }
}

function noAnswer({ method, path }: ApiCall, { callTimeoutMs }: TransportLimits): Error {
  return new Error(`${method} ${path} was not answered within ${callTimeoutMs} ms`);
}
