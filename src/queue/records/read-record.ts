import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { type ExecutionRecord, executionRecordSchema } from '../../wire/record/record.ts';
import { isRefusedForGood } from './refused-for-good.ts';

const fields = ['version', 'state', 'plan', 'submitted', 'fence', 'attempts', 'agent', 'home', 'progress', 'outcome'];

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.issues.push({ code: 'custom', input: text, message: messageOf(error) });
    return z.NEVER;
  }
});

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

/** What is stored under the key of an execution; undefined: nothing. */
export type StoredRecord =
  | { readonly record: ExecutionRecord; readonly problem?: never }
  /** Why it is not a record that this agent can read. */
  | { readonly record?: never; readonly problem: string };

export async function readStored(redis: Redis, key: string): Promise<StoredRecord | undefined> {
  let stored: readonly (string | null)[];
  try {
    stored = await redis.hmget(key, ...fields);
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
    return { problem: messageOf(error) };
  }
  if (stored.every((value) => value === null)) return undefined;
  const { success, data, error } = storedSchema.safeParse(stored, { error: plainIssue });
  return success ? { record: data } : { problem: z.prettifyError(error) };
}

/** @throws ExecError INTERNAL for a record that this agent cannot read */
export async function readRecord(redis: Redis, key: string): Promise<ExecutionRecord | undefined> {
  const stored = await readStored(redis, key);
  if (stored?.problem === undefined) return stored?.record;
  throw new ExecError('INTERNAL', `The record ${key} cannot be read: ${stored.problem}.`);
}
