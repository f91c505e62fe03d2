import { ExecError } from '../support/exec-error.ts';
import type { TokenFacts, TokenList } from '../wire/http/tokens.ts';
import type { TokenEntry } from './token-entry.ts';

/** Tokens that one page has. */
export const tokensOnPage = { usual: 100, most: 1000 } as const;

export interface TokenPage {
  /** The largest number of tokens. */
  readonly limit: number;
  /** `next` of the page before; absent: the first page. */
  readonly cursor?: string | undefined;
}

export interface ListedTokens {
  /** Oldest first. */
  readonly tokens: readonly TokenEntry[];
  /** Cursor of the next page; absent: this is the last one. */
  readonly next?: string;
}

/**
 * One page of tokens.
 * @throws ExecError INVALID_REQUEST for a cursor that is none
 */
export function pageOfTokens(entries: readonly TokenEntry[], { limit, cursor }: TokenPage): ListedTokens {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const rest = entries.toSorted(compareOldestFirst).filter((entry) => !after || compareOldestFirst(entry, after) > 0);
  const tokens = rest.slice(0, limit);
  const last = tokens.at(-1);
  return { tokens, ...(last !== undefined && rest.length > limit && { next: `${last.createdAt}-${last.id}` }) };
}

/** Tokens as HTTP and the command line show them: without their hashes, with times in ISO 8601. */
export function tokenListOf({ tokens, next }: ListedTokens): TokenList {
  return { tokens: tokens.map(tokenFactsOf), ...(next !== undefined && { next }) };
}

export function tokenFactsOf({ id, name, tenant, scopes, createdAt, expiresAt }: TokenEntry): TokenFacts {
  return {
    id,
    name,
    tenant,
    scopes,
    created_at: new Date(createdAt).toISOString(),
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
}

type Position = Pick<TokenEntry, 'createdAt' | 'id'>;

function compareOldestFirst(a: Position, b: Position): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function parseCursor(cursor: string): Position {
  const [, createdAt, id] = /^(\d{1,15})-([0-9a-f]{12})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined)
    throw new ExecError('INVALID_REQUEST', 'The cursor is not one that a page ended with. Begin without one.');
  return { createdAt: Number(createdAt), id };
}
