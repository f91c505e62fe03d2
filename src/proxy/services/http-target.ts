import { ExecError } from '../../support/exec-error.ts';
import { compileGlob, maxGlobAlternatives, maxGlobLength } from '../../support/patterns/match-glob.ts';
import type { Credential, HttpTarget } from '../service-definition.ts';
import type { UpstreamAddress } from '../upstream/open-connection.ts';

/** A target as it is used: parsed once. */
export interface ParsedTarget {
  readonly address: UpstreamAddress;
  /** `https://host:8443`, without user and password. */
  readonly origin: string;
  /** Empty, or a path without a slash at its end. */
  readonly basePath: string;
  /** Header lines that every request begins with: its host and its secrets. */
  readonly ownFields: string;
  /** Names of headers that a container may not send, since we do or since they would lie. */
  readonly reserved: ReadonlySet<string>;
  readonly secrets: readonly string[];
  readonly methods: ReadonlySet<string>;
  readonly allowsPath: (path: string) => boolean;
}

// TRACE is never among them: its answer is the request, with our secrets in it.
const usualMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const neverAllowed: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** Headers in which proxies describe clients; a container could only invent them. */
const forwardingFields = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-original-url',
  'x-rewrite-url',
  'x-real-ip',
  'x-client-ip',
  'x-execution-id',
  'cf-connecting-ip',
  'true-client-ip',
];

const fieldName = /^[!#$%&'*+\-.^`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @throws ExecError INVALID_REQUEST naming the service, never a secret */
export function parseHttpTarget(service: string, target: HttpTarget): ParsedTarget {
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search + url.hash !== '')
    throw wrong(service, 'its URL is not of the form http://host:port/path');
  const tls = url.protocol === 'https:';
  const address = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (tls ? 443 : 80),
    tls,
    ca: target.ca,
  };
  const credentials = [...basicOf(url), ...(target.credentials ?? [])];
  for (const { header, value } of credentials)
    if (!fieldName.test(header) || !fieldValue.test(value))
      throw wrong(service, `the credential "${header}" cannot be sent in a header`);
  const methods = (target.methods ?? usualMethods).filter((method) => !neverAllowed.has(method));
  return {
    address,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    ownFields: [
      `host: ${url.host}\r\n`,
      ...credentials.map(({ header, value }) => `${header.toLowerCase()}: ${value}\r\n`),
    ].join(''),
    reserved: new Set([...forwardingFields, ...credentials.map(({ header }) => header.toLowerCase())]),
    secrets: credentials.flatMap(({ value }) => partsOf(value)),
    methods: new Set(methods),
    allowsPath: target.paths === undefined ? () => true : allowPaths(service, target.paths),
  };
}

/** A slash at the end of a path matters only where the pattern ends in one too. */
function allowPaths(service: string, patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.map((pattern) => {
    const glob = compileGlob(pattern, { of: 'paths' });
    if (glob !== undefined) return { glob, slash: pattern.endsWith('/') };
    throw wrong(
      service,
      `the pattern "${pattern.slice(0, longestShownPattern)}" in paths is too complex. Use at most ${maxGlobLength} bytes and ${maxGlobAlternatives} alternatives in braces`,
    );
  });
  return (path) => {
    const trimmed = path.replace(/\/$/, '');
    return globs.some(({ glob, slash }) => glob.matches(slash ? path : trimmed));
  };
}

const longestShownPattern = 120;

function basicOf(url: URL): readonly Credential[] {
  if (url.username === '' && url.password === '') return [];
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return [{ header: 'authorization', value: `Basic ${Buffer.from(pair).toString('base64')}` }];
}

/** The value, and what follows the scheme in it: an echo may leave out "Bearer". */
function partsOf(value: string): readonly string[] {
  const trimmed = value.trim();
  const space = trimmed.indexOf(' ');
  return [trimmed, ...(space > 0 ? [trimmed.slice(space + 1)] : [])].filter((part) => part !== '');
}

function wrong(service: string, what: string): ExecError {
  return new ExecError('INVALID_REQUEST', `The service "${service}" cannot be offered: ${what}.`);
}
