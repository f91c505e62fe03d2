import type { Redis } from 'ioredis';
import { z } from 'zod';
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

/** @param kept entries that Redis keeps, about */
export function createAuditLog(redis: Redis, prefix: string, { kept, logger }: AuditOptions): AuditLog {
  const key = `{${prefix}}:audit`;
  return {
    async note(entry) {
      logger.info({ audit: entry }, 'audit');
      await redis.xadd(key, 'MAXLEN', '~', kept, '*', 'entry', JSON.stringify(entry));
    },
    async list(limit) {
      const entries = await redis.xrevrange(key, '+', '-', 'COUNT', limit);
      return entries.flatMap(([, [, text = '']]) => readJson(text, auditEntrySchema).data ?? []);
    },
  };
}

export interface AuditOptions {
  readonly kept: number;
  readonly logger: Logger;
}
