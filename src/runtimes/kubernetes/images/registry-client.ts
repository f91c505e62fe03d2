import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { awaitWithSignal } from '../../../support/abort/await-with-signal.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { givenAddresses } from '../../../support/net/given-addresses.ts';
import type { Credentials } from '../../registries/credentials.ts';
import { createPlaceJudge, hostOfRegistry } from '../../registries/judge-place.ts';
import { longestDocument } from '../../registries/read-document.ts';
import type { ImageSource } from '../../registries/registry-access.ts';

/** One document of a registry. */
export interface RegistryDocument {
  readonly body: string;
  /** The registry redirected to it, maybe to a host that is not its own. */
  readonly isElsewhere: boolean;
}

export interface RegistryClient {
  /** A manifest or a list of them, by tag or digest. @throws Error in the registry's words */
  manifest(reference: string): Promise<RegistryDocument>;
  blob(digest: string): Promise<RegistryDocument>;
}

export interface RegistryClientOptions {
  readonly source: ImageSource;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const mostRedirects = 5;
const idleMs = 30_000;
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Reads manifests and configurations of one repository by the distribution protocol. */
export function createRegistryClient({ source, credentials, signal }: RegistryClientOptions): RegistryClient {
  const { registry, repository, insecure } = source;
  const host = hostOfRegistry(registry);
  const judge = createPlaceJudge(source);
  const name = repository.slice(registry.length + 1);
  let authorization = credentials !== undefined && 'user' in credentials ? basic(credentials) : undefined;
  let plain = false;

  const send = async (url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> => {
    const ca = source.ca === undefined ? undefined : await readFile(source.ca);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new Error(`the registry sends its readers to a ${url.protocol} URL`);
    const lookup = givenAddresses(await judge(url));
    // A connection of its own: one that is open could lead to an address that was not judged.
    const options = {
      headers: { 'user-agent': 'exec-agent', ...headers },
      signal,
      timeout: idleMs,
      lookup,
      agent: false,
    };
    return new Promise((resolve, reject) => {
      const asked =
        url.protocol === 'http:'
          ? http.get(url, options, resolve)
          : https.get(url, { ...options, ca, rejectUnauthorized: !insecure }, resolve);
      asked.once('timeout', () => asked.destroy(new Error('timeout: the registry does not answer')));
      asked.on('error', reject);
    });
  };

  const atRegistry = async (path: string, accept: string): Promise<IncomingMessage> => {
    const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
    const url = (protocol: string) => new URL(`${protocol}//${host}/v2/${name}/${path}`);
    if (plain) return send(url('http:'), headers);
    try {
      return await send(url('https:'), headers);
    } catch (error) {
      signal.throwIfAborted();
      if (!insecure) throw error;
      plain = true;
      return send(url('http:'), headers);
    }
  };

  const ask = async (path: string, accept: string): Promise<RegistryDocument> => {
    let response = await atRegistry(path, accept);
    const challenge = response.headers['www-authenticate'];
    if (response.statusCode === 401 && challenge?.startsWith('Bearer ')) {
      response.resume();
      authorization = `Bearer ${await fetchToken(challenge)}`;
      response = await atRegistry(path, accept);
    }
    let redirects = 0;
    for (; isRedirect(response); redirects += 1) {
      response.resume();
      if (redirects === mostRedirects) throw new Error('too many redirects');
      // Elsewhere the credentials are not known.
      response = await send(new URL(response.headers.location ?? '', `https://${host}`), { accept });
    }
    const body = await readBody(response);
    const isElsewhere = redirects > 0;
    if (response.statusCode === 200) return { body, isElsewhere };
    // A redirect may lead to any host that this agent reaches, and the tenant reads what is said here.
    const words = isElsewhere ? 'the place that it redirects to' : wordsIn(body);
    throw new Error(`the registry answered ${response.statusCode}: ${words}`);
  };

  const fetchToken = async (challenge: string): Promise<string> => {
    const fields = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    const url = new URL(fields.realm ?? '');
    if (fields.service !== undefined) url.searchParams.set('service', fields.service);
    url.searchParams.set('scope', fields.scope ?? `repository:${name}:pull`);
    const headers =
      credentials !== undefined && 'user' in credentials ? { authorization: basic(credentials) } : undefined;
    const response = await send(url, headers ?? {});
    const body = await readBody(response);
    const { data } = readJson(body, tokenSchema);
    const token = data?.token ?? data?.access_token;
    if (response.statusCode === 200 && token !== undefined) return token;
    throw new Error(`unauthorized: ${url.host} gave no token (${response.statusCode})`);
  };

  const asked = (path: string, accept: string) => awaitWithSignal(ask(path, accept), signal);
  return {
    manifest: (reference) => asked(`manifests/${reference}`, manifestTypes),
    blob: (digest) => asked(`blobs/${digest}`, '*/*'),
  };
}

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const length = Number(response.headers['content-length'] ?? 0);
  if (length > longestDocument) {
    response.destroy();
    throw new Error(`the registry sent a document of ${length} bytes`);
  }
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > longestDocument) response.destroy(new Error('the registry sent a document that is too long'));
  });
  return text(response);
}

const errorsSchema = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().optional() })) });
const longestWords = 300;

function wordsIn(body: string): string {
  const { data } = readJson(body, errorsSchema);
  const words = data?.errors
    .map(({ code, message }) => (message === undefined ? code : `${code}: ${message}`))
    .join(', ');
  return (words ?? body).slice(0, longestWords);
}
