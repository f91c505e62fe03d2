import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';
import type { Logger } from '../telemetry/log.ts';

const auditEntrySchema = z.object({
  /** Epoch milliseconds. */
  at: z.number(),
  tenant: z.string(),
  /** The id of the token, or how else it was known who asks. */
  actor: z.string(),
  /** From which address. */
  from: z.string(),
  action: z.string(),
  /** What was acted on: an execution, an object, a token. */
  target: z.string(),
  /** The HTTP status of the answer, or `ok`. */
  result: z.string(),
});

export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Who did what: in the program's log, and the latest in Redis for all agents together. */
export interface AuditLog {
  note(entry: AuditEntry): Promise<void>;
  /** The latest first. */
  list(limit: number): Promise<readonly AuditEntry[]>;
}

/** The actor of an entry of which nobody knows whose it is, such as a failed login. */
export const unknownActor = 'unknown';

// What anyone can cause is bounded on its own, so that it pushes nothing else out.
const mostOfUnknown = 1000;

/** @param kept entries that Redis keeps, about, beside those of unknown actors */
export function createAuditLog(redis: AnyRedis, prefix: string, { kept, logger }: AuditOptions): AuditLog {
  const key = `{${prefix}}:audit`;
  const unknownKey = `${key}:unknown`;
  const read = async (stream: string, limit: number) => {
    const entries = await redis.xrevrange(stream, '+', '-', 'COUNT', limit);
    return entries.flatMap(([, [, text = '']]) => readJson(text, auditEntrySchema).data ?? []);
  };
  return {
    async note(entry) {
      logger.info({ audit: entry }, 'audit');
      const [stream, most] = entry.actor === unknownActor ? [unknownKey, Math.min(kept, mostOfUnknown)] : [key, kept];
      await redis.xadd(stream, 'MAXLEN', '~', most, '*', 'entry', JSON.stringify(entry));
    },
    async list(limit) {
      const [known, unknown] = await Promise.all([read(key, limit), read(unknownKey, limit)]);
      return [...known, ...unknown].sort((a, b) => b.at - a.at).slice(0, limit);
    },
  };
}

export interface AuditOptions {
  readonly kept: number;
  readonly logger: Logger;
}
