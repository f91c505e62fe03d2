import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';

const sessionSchema = z.object({
  /** The token that it was opened with, and dies with. */
  tokenId: z.string(),
  /** Epoch milliseconds. */
  openedAt: z.number(),
  /** The same, within a minute. */
  usedAt: z.number().optional(),
  from: z.string().optional(),
  userAgent: z.string().optional(),
});

type Session = z.infer<typeof sessionSchema>;

export interface SessionLimits {
  /** Milliseconds after its last use. */
  readonly idleMs: number;
  /** Milliseconds after it was opened, however much it is used. */
  readonly ageMs: number;
  /** Sessions of one token; one more ends the oldest. */
  readonly ofToken: number;
}

export const sessionLimits: SessionLimits = { idleMs: 12 * 3600_000, ageMs: 7 * 24 * 3600_000, ofToken: 100 };

/** Where a session was opened. */
export interface SessionPlace {
  /** An address. */
  readonly from: string;
  /** The browser, in its own words. */
  readonly userAgent: string;
}

export interface SessionEntry extends SessionPlace {
  /** Not the secret: nobody can use the session with it. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** The same, within a minute. */
  readonly usedAt: number;
}

/** Who is logged in with a browser. Only hashes of the secrets are kept, beside the id of the token. */
export interface SessionStore {
  /** @returns the secret, for a cookie */
  open(tokenId: string, now: number, place: SessionPlace): Promise<string>;
  /** The id of the token behind a session; undefined for one that is unknown, closed or too old. */
  find(secret: string, now: number): Promise<string | undefined>;
  /** The id that a list has of it. */
  idOf(secret: string): string;
  /** Those of a token, the newest first. */
  list(tokenId: string, now: number): Promise<readonly SessionEntry[]>;
  close(secret: string): Promise<void>;
  /** False when the token has none with that id. */
  closeById(tokenId: string, id: string): Promise<boolean>;
  /** @returns how many of the token were closed */
  closeAll(tokenId: string): Promise<number>;
}

const secretForm = /^[A-Za-z0-9_-]{43}$/;
const idLength = 16;
// What a browser calls itself is as long as it wants.
const longestUserAgent = 200;
// Its last use is written down this often at most, so that reading costs one command.
const noteUseMs = 60_000;

export function createSessionStore(
  redis: AnyRedis,
  prefix: string,
  { idleMs, ageMs, ofToken } = sessionLimits,
): SessionStore {
  const keyOf = (hash: string) => `{${prefix}}:session:${hash}`;
  /** Hashes of the sessions of a token, by the time at which they were opened. */
  const listKey = (tokenId: string) => `{${prefix}}:sessions:${tokenId}`;

  const drop = async (tokenId: string, hashes: readonly string[]) => {
    if (hashes.length === 0) return 0;
    const [closed] = await Promise.all([redis.del(...hashes.map(keyOf)), redis.zrem(listKey(tokenId), ...hashes)]);
    return closed;
  };
  const hashesOf = (tokenId: string) => redis.zrevrangebyscore(listKey(tokenId), '+inf', '-inf');
  const read = async (hash: string): Promise<Session | undefined> => {
    const text = await redis.get(keyOf(hash));
    return text === null ? undefined : readJson(text, sessionSchema).data;
  };
  const isTooOld = ({ openedAt }: Session, now: number) => openedAt + ageMs <= now;

  return {
    async open(tokenId, now, { from, userAgent }) {
      const secret = randomBytes(32).toString('base64url');
      const hash = hashOf(secret);
      const session: Session = {
        tokenId,
        openedAt: now,
        usedAt: now,
        from,
        userAgent: userAgent.slice(0, longestUserAgent).toWellFormed(),
      };
      await redis.set(keyOf(hash), JSON.stringify(session), 'PX', idleMs);
      await redis.zadd(listKey(tokenId), now, hash);
      await redis.pexpire(listKey(tokenId), ageMs);
      await drop(tokenId, (await hashesOf(tokenId)).slice(ofToken));
      return secret;
    },
    async find(secret, now) {
      if (!secretForm.test(secret)) return undefined;
      const hash = hashOf(secret);
      const session = await read(hash);
      if (session === undefined || isTooOld(session, now)) return undefined;
      const { tokenId, openedAt, usedAt = 0 } = session;
      // Only while it is there: one that is closed at the same time stays closed.
      if (usedAt + Math.min(noteUseMs, idleMs / 2) <= now) {
        const text = JSON.stringify({ ...session, usedAt: now });
        await redis.set(keyOf(hash), text, 'PX', Math.min(idleMs, openedAt + ageMs - now), 'XX');
      }
      return tokenId;
    },
    idOf: (secret) => hashOf(secret).slice(0, idLength),
    async list(tokenId, now) {
      const hashes = await hashesOf(tokenId);
      const found = await Promise.all(hashes.map(async (hash) => ({ hash, session: await read(hash) })));
      await drop(
        tokenId,
        found.filter(({ session }) => session === undefined || isTooOld(session, now)).map(({ hash }) => hash),
      );
      return found.flatMap(({ hash, session }) =>
        session === undefined || isTooOld(session, now) ? [] : [entryOf(hash, session)],
      );
    },
    async close(secret) {
      const hash = hashOf(secret);
      const session = await read(hash);
      if (session !== undefined) await drop(session.tokenId, [hash]);
    },
    async closeById(tokenId, id) {
      const hashes = (await hashesOf(tokenId)).filter((hash) => hash.slice(0, idLength) === id);
      return (await drop(tokenId, hashes)) > 0;
    },
    closeAll: async (tokenId) => drop(tokenId, await hashesOf(tokenId)),
  };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function entryOf(hash: string, { openedAt, usedAt = openedAt, from = '', userAgent = '' }: Session): SessionEntry {
  return { id: hash.slice(0, idLength), openedAt, usedAt, from, userAgent };
}
