import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { ExecError } from '../support/exec-error.ts';
import { readJson } from '../support/json/read-json.ts';
import type { Scope } from '../wire/scopes.ts';
import { type TokenEntry, tokenEntrySchema } from './token-entry.ts';
import { type ListedTokens, pageOfTokens, type TokenPage } from './token-list.ts';

export interface TokenFacts {
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: number | undefined;
}

export type Revocation = z.infer<typeof revocationSchema>;

/** Who may use HTTP. Only hashes are kept: a token is shown once, when it is made. */
export interface TokenStore {
  /** @throws ExecError INVALID_REQUEST for a tenant that is no name, or where there are as many tokens as there may be */
  create(facts: TokenFacts, now: number): Promise<{ readonly token: string; readonly entry: TokenEntry }>;
  /** @throws ExecError INVALID_REQUEST for a cursor that is none */
  list(page: TokenPage): Promise<ListedTokens>;
  /** False when there is none with that id. */
  revoke(id: string): Promise<boolean>;
  /** The same, but the last token stays, also when several are revoked at the same time. */
  revokeUnlessLast(id: string): Promise<Revocation>;
  isEmpty(): Promise<boolean>;
  /** Whose token it is; undefined for one that is unknown, revoked or out of date. */
  check(token: string, now: number): Promise<TokenEntry | undefined>;
  /** The token with that id; undefined for one that is unknown, revoked or out of date. */
  find(id: string, now: number): Promise<TokenEntry | undefined>;
}

const revocationSchema = z.enum(['revoked', 'missing', 'last']);

/** All are read for each page of the list. Those that are out of date count until they make way for a new one. */
export const mostTokens = 10_000;

const addUnlessFull = `
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`;

const revokeUnlessLast = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'missing' end
if redis.call('HLEN', KEYS[1]) == 1 then return 'last' end
redis.call('HDEL', KEYS[1], ARGV[1])
return 'revoked'`;

const tenantName = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const hashBytes = 32;
const tokenForm = /^exa_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export function createTokenStore(redis: AnyRedis, prefix: string): TokenStore {
  const key = `{${prefix}}:tokens`;
  const find: TokenStore['find'] = async (id, now) => {
    const text = await redis.hget(key, id);
    const entry = text === null ? undefined : readJson(text, tokenEntrySchema).data;
    if (entry === undefined || Buffer.byteLength(entry.hash, 'hex') !== hashBytes) return undefined;
    return entry.expiresAt === undefined || entry.expiresAt > now ? entry : undefined;
  };
  const readAll = async (): Promise<readonly TokenEntry[]> =>
    Object.values(await redis.hgetall(key)).flatMap((text) => readJson(text, tokenEntrySchema).data ?? []);

  const add = async (entry: TokenEntry): Promise<boolean> =>
    (await redis.eval(addUnlessFull, 1, key, entry.id, JSON.stringify(entry), mostTokens)) === 1;

  const removeExpired = async (now: number): Promise<void> => {
    const expired = (await readAll()).filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
    if (expired.length > 0) await redis.hdel(key, ...expired.map(({ id }) => id));
  };

  return {
    async create({ name, tenant, scopes, expiresAt }, now) {
      if (!tenantName.test(tenant))
        throw new ExecError(
          'INVALID_REQUEST',
          `${JSON.stringify(tenant)} is no name for a tenant. Use up to 63 of a-z, 0-9, ".", "_" and "-".`,
        );
      if (!name.isWellFormed())
        throw new ExecError('INVALID_REQUEST', 'name: is not well-formed Unicode text. Write whole characters.');
      const id = randomBytes(6).toString('hex');
      const secret = randomBytes(32).toString('base64url');
      const facts = { id, name, tenant, scopes: [...scopes], hash: hashOf(secret).toString('hex'), createdAt: now };
      const entry = { ...facts, ...(expiresAt === undefined ? {} : { expiresAt }) };
      if (!(await add(entry))) {
        await removeExpired(now);
        if (!(await add(entry)))
          throw new ExecError(
            'INVALID_REQUEST',
            `There are ${mostTokens} tokens, which is as many as there may be. Revoke some that are not used any more.`,
          );
      }
      return { token: `exa_${id}_${secret}`, entry };
    },
    list: async (page) => pageOfTokens(await readAll(), page),
    revoke: async (id) => (await redis.hdel(key, id)) === 1,
    revokeUnlessLast: async (id) => revocationSchema.parse(await redis.eval(revokeUnlessLast, 1, key, id)),
    isEmpty: async () => (await redis.hlen(key)) === 0,
    find,
    async check(token, now) {
      const [, id, secret] = tokenForm.exec(token) ?? [];
      const entry = id === undefined ? undefined : await find(id, now);
      if (entry === undefined || secret === undefined) return undefined;
      return timingSafeEqual(hashOf(secret), Buffer.from(entry.hash, 'hex')) ? entry : undefined;
    },
  };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
