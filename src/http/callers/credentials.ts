import type { FastifyRequest } from 'fastify';
import type { TokenStore } from '../../access/token-store.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { Scope } from '../../wire/scopes.ts';

/** Who was identified, and what they may do. */
export interface Identity {
  readonly tenant: string;
  /** For the audit log and for errors: `token:0123456789ab`. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
}

/** One way in which a request can show whose it is. */
export interface Credentials {
  /** For the header `www-authenticate` of a 401. */
  readonly challenge?: string;
  /**
   * @returns undefined: the request has none of this kind; `invalid`: it has, and they are not accepted
   * @throws HttpProblem for valid ones that may not be used for this request
   */
  identify(request: FastifyRequest): Promise<Identity | 'invalid' | undefined>;
}

export interface BearerOptions {
  readonly tokens: Pick<TokenStore, 'check'>;
  readonly clock: Clock;
}

/** `authorization: Bearer exa_…` */
export function bearerCredentials({ tokens, clock }: BearerOptions): Credentials {
  return {
    challenge: 'Bearer realm="exec-agent"',
    async identify({ headers: { authorization } }) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      return token === undefined ? undefined : identityOf(token, { tokens, clock });
    },
  };
}

/** `authorization: Basic …` with a token as the password; the user's name does not matter. Another password counts as none. */
export function basicCredentials({ tokens, clock }: BearerOptions): Credentials {
  return {
    async identify({ headers: { authorization } }) {
      const password = passwordIn(authorization);
      return password?.startsWith(tokenStart) ? identityOf(password, { tokens, clock }) : undefined;
    },
  };
}

async function identityOf(token: string, { tokens, clock }: BearerOptions): Promise<Identity | 'invalid'> {
  const entry = await tokens.check(token, clock.now());
  if (entry === undefined) return 'invalid';
  return { tenant: entry.tenant, actor: `token:${entry.id}`, scopes: entry.scopes };
}

const tokenStart = 'exa_';

/** Whether Basic credentials hold no token: some clients send `None:None` when their users have none. */
export function holdNoToken(authorization: string): boolean {
  return passwordIn(authorization)?.startsWith(tokenStart) === false;
}

function passwordIn(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
