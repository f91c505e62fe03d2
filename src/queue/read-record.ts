import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type ExecutionRecord, executionRecordSchema } from '../wire/record.ts';

const fields = ['version', 'state', 'plan', 'submitted', 'fence', 'attempts', 'agent', 'home', 'progress', 'outcome'];

const json = z.string().transform((text): unknown => JSON.parse(text));

/** The record as it stands in Redis, one hash field for each part that changes on its own. */
const storedSchema = z
  .tuple([
    z.coerce.number(),
    z.string(),
    json,
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.string().nullable(),
    z.string().nullable(),
    json.nullable(),
    json.nullable(),
  ])
  .transform(([version, state, plan, submittedAt, fence, number, agent, home, progress, outcome]): unknown => ({
    ...(typeof progress === 'object' ? progress : {}),
    version,
    state,
    plan,
    submittedAt,
    ...(agent === null ? {} : { attempt: { number, agent, home, fence } }),
    ...(outcome === null ? {} : { outcome }),
  }))
  .pipe(executionRecordSchema);

export async function readRecord(redis: Redis, key: string): Promise<ExecutionRecord | undefined> {
  const stored = await redis.hmget(key, ...fields);
  return stored[1] === null ? undefined : storedSchema.parse(stored);
}
