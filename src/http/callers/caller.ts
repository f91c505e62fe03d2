import type { FastifyRequest } from 'fastify';
import type { TokenStore } from '../../access/token-store.ts';
import { isLoopbackHost } from '../../support/net/loopback-host.ts';
import { isLoopbackAddress } from '../../support/net/public-address.ts';
import { type Scope, scopes } from '../../wire/scopes.ts';
import { HttpProblem } from '../problem.ts';
import { type Credentials, holdNoToken, type Identity } from './credentials.ts';

/** Who asks. */
export interface Caller {
  readonly tenant: string;
  /** For the audit log. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
}

/** Without tokens, every caller on loopback, as with Redis. */
export const defaultTenant = 'default';

const tokenActor = 'token:';

/** The actor of callers with that token. */
export function actorOfToken(tokenId: string): string {
  return `${tokenActor}${tokenId}`;
}

/** The token that a caller has shown, or has logged in with; undefined: none. */
export function tokenIdOf({ actor }: Pick<Caller, 'actor'>): string | undefined {
  return actor.startsWith(tokenActor) ? actor.slice(tokenActor.length) : undefined;
}

export interface CallerRules {
  readonly tokens: Pick<TokenStore, 'isEmpty'>;
  /** The first that the request has counts. */
  readonly credentials: readonly Credentials[];
  readonly corsOrigins: readonly string[];
}

/**
 * The caller by its credentials. While there is no token at all, every caller on this host may do everything, but no
 * web page: a browser would lend any of them its place on the machine.
 * @throws HttpProblem 401 | 403
 */
export async function identifyCaller(request: FastifyRequest, scope: Scope, rules: CallerRules): Promise<Caller> {
  const identity = await findIdentity(request, rules.credentials);
  const { authorization } = request.headers;
  const sendsNone = authorization === undefined || holdNoToken(authorization);
  if (identity === undefined && sendsNone && (await rules.tokens.isEmpty())) return localCaller(request, rules);
  if (identity === undefined || identity === 'invalid')
    throw new HttpProblem(
      401,
      'A valid token is needed: "authorization: Bearer exa_…". The operator of the agent creates one with "exec-agent token create".',
      { 'www-authenticate': rules.credentials.flatMap(({ challenge }) => challenge ?? []).join(', ') },
    );
  const { tenant, actor, scopes: granted } = identity;
  if (!granted.includes(scope))
    throw new HttpProblem(403, `The ${actor.replace(':', ' ')} lacks the scope "${scope}". Use a token that has it.`);
  return { tenant, actor, scopes: granted };
}

async function findIdentity(
  request: FastifyRequest,
  credentials: readonly Credentials[],
): Promise<Identity | 'invalid' | undefined> {
  for (const each of credentials) {
    const found = await each.identify(request);
    if (found !== undefined) return found;
  }
  return undefined;
}

function localCaller({ headers, socket }: FastifyRequest, { corsOrigins }: CallerRules): Caller {
  const { host = '', origin } = headers;
  if (!isLoopbackAddress(socket.remoteAddress ?? ''))
    throw new HttpProblem(
      401,
      'Without a token, only callers on the same host are served. Create a token with "exec-agent token create".',
    );
  if (!isLocalName(host))
    throw new HttpProblem(
      403,
      `Without a token, the host name must be 127.0.0.1 or localhost, not ${JSON.stringify(host)}.`,
    );
  const isAllowed = origin === undefined || origin === `http://${host}` || corsOrigins.includes(origin);
  if (!isAllowed)
    throw new HttpProblem(
      403,
      `Web pages of ${origin} may not call without a token. Allow the origin with EXEC_HTTP_CORS.`,
    );
  return { tenant: defaultTenant, actor: 'local', scopes };
}

function isLocalName(host: string): boolean {
  return isLoopbackHost(host.replace(/:\d+$/, ''));
}
