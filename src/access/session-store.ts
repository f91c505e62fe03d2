import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';

const sessionSchema = z.object({
  /** The token that it was opened with, and dies with. */
  tokenId: z.string(),
  /** Epoch milliseconds. */
  openedAt: z.number(),
});

export interface SessionLimits {
  /** Milliseconds after its last use. */
  readonly idleMs: number;
  /** Milliseconds after it was opened, however much it is used. */
  readonly ageMs: number;
}

export const sessionLimits: SessionLimits = { idleMs: 12 * 3600_000, ageMs: 7 * 24 * 3600_000 };

/** Who is logged in with a browser. Only hashes of the secrets are kept, beside the id of the token. */
export interface SessionStore {
  /** @returns the secret, for a cookie */
  open(tokenId: string, now: number): Promise<string>;
  /** The id of the token behind a session; undefined for one that is unknown, closed or too old. */
  find(secret: string, now: number): Promise<string | undefined>;
  close(secret: string): Promise<void>;
}

const secretForm = /^[A-Za-z0-9_-]{43}$/;

export function createSessionStore(redis: AnyRedis, prefix: string, { idleMs, ageMs } = sessionLimits): SessionStore {
  const keyOf = (secret: string) => `{${prefix}}:session:${createHash('sha256').update(secret).digest('hex')}`;
  return {
    async open(tokenId, now) {
      const secret = randomBytes(32).toString('base64url');
      await redis.set(keyOf(secret), JSON.stringify({ tokenId, openedAt: now }), 'PX', idleMs);
      return secret;
    },
    async find(secret, now) {
      if (!secretForm.test(secret)) return undefined;
      const key = keyOf(secret);
      const text = await redis.get(key);
      const session = text === null ? undefined : readJson(text, sessionSchema).data;
      if (session === undefined || session.openedAt + ageMs <= now) return undefined;
      await redis.pexpire(key, Math.min(idleMs, session.openedAt + ageMs - now));
      return session.tokenId;
    },
    async close(secret) {
      await redis.del(keyOf(secret));
    },
  };
}
