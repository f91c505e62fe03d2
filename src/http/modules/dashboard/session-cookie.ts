import type { FastifyRequest } from 'fastify';
import type { SessionStore } from '../../../access/session-store.ts';
import type { TokenStore } from '../../../access/token-store.ts';
import { isLoopbackHost } from '../../../support/net/loopback-host.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { actorOfToken } from '../../callers/caller.ts';
import type { Credentials } from '../../callers/credentials.ts';
import { HttpProblem } from '../../problem.ts';

const cookieName = 'exec_agent_session';
const reading = ['GET', 'HEAD'];

export interface CookieOptions {
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly tokens: Pick<TokenStore, 'find'>;
  readonly clock: Clock;
}

/**
 * The session of the dashboard in a cookie. A request that changes something must also have the header
 * `x-exec-agent: dashboard`, which no page of another site can send.
 */
export function cookieCredentials({ sessions, tokens, clock }: CookieOptions): Credentials {
  return {
    async identify(request) {
      const secret = readCookie(request);
      // A bearer token says whose request it is, also where a browser adds its cookie.
      if (secret === undefined || request.headers.authorization !== undefined) return undefined;
      const tokenId = await sessions.find(secret, clock.now());
      const entry = tokenId === undefined ? undefined : await tokens.find(tokenId, clock.now());
      if (entry === undefined) return undefined;
      if (!reading.includes(request.method)) refuseForeign(request);
      return { tenant: entry.tenant, actor: actorOfToken(entry.id), scopes: entry.scopes };
    },
  };
}

/** @throws HttpProblem 403 if a page of another site may have sent the request */
export function refuseForeign({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (headers['x-exec-agent'] !== 'dashboard' || (site !== undefined && site !== 'same-origin'))
    throw new HttpProblem(403, 'A session can change something only from the pages of this agent. Use a token.');
}

export function readCookie({ headers: { cookie } }: FastifyRequest): string | undefined {
  for (const pair of cookie?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=');
    if (name === cookieName) return value;
  }
  return undefined;
}

export interface SessionCookie {
  /** Absent: the cookie is removed. */
  readonly secret?: string;
  /** The path that the agent is served below. */
  readonly base: string;
  /** Seconds. */
  readonly maxAge?: number;
}

export function writeCookie(
  { headers: { host = '' } }: FastifyRequest,
  { secret = '', base, maxAge = 0 }: SessionCookie,
): string {
  // Browsers keep no secure cookie of a page without TLS, other than on loopback by name.
  const secure = isLoopbackHost(host.replace(/:\d+$/, '')) ? '' : '; Secure';
  return `${cookieName}=${secret}; Path=${base}/; HttpOnly; SameSite=Strict${secure}; Max-Age=${maxAge}`;
}
