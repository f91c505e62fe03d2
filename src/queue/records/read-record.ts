import { z } from 'zod';
import type { AnyRedis } from '../../support/any-redis.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { readJsonInTurns } from '../../support/json/read-json.ts';
import { decodeInTurns } from '../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../support/time/next-turn.ts';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import {
  type CollectedFile,
  collectedFileSchema,
  type ExecutionRecord,
  executionRecordSchema,
} from '../../wire/record/record.ts';
import { isRefusedForGood } from './refused-for-good.ts';

const fields = ['version', 'state', 'plan', 'submitted', 'fence', 'attempts', 'agent', 'home', 'progress', 'outcome'];

const parsed = z.unknown();

/** The record as it is in Redis, one hash field for each part that changes on its own, and the JSON in these parsed. */
const storedSchema = z
  .tuple([
    z.coerce.number(),
    z.string(),
    parsed,
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.string().nullable(),
    z.string().nullable(),
    parsed,
    parsed,
  ])
  .transform(([version, state, plan, submittedAt, fence, number, agent, home, progress, outcome]): unknown => ({
    ...(typeof progress === 'object' ? progress : {}),
    version,
    state,
    plan,
    submittedAt,
    // One that went back to the queue before anything was started is not counted, and its agent is not of the outcome.
    ...(agent === null || number === 0 ? {} : { attempt: { number, agent, home, fence } }),
    ...(outcome === null ? {} : { outcome }),
  }))
  .pipe(executionRecordSchema);

const jsonFields: readonly string[] = ['plan', 'progress', 'outcome'];

/** Checking so many takes about a millisecond. */
const filesTogether = 1000;
const filesSchema = z.array(collectedFileSchema);
const manyFilesSchema = z.looseObject({
  collected: z.looseObject({ files: z.array(z.unknown()).min(filesTogether) }),
});

/** What is stored under the key of an execution; undefined: nothing. */
export type StoredRecord =
  | { readonly record: ExecutionRecord; readonly problem?: never }
  /** Why it is not a record that this agent can read. */
  | { readonly record?: never; readonly problem: string };

/** Others run while a large one is read. */
export async function readStored(redis: AnyRedis, key: string): Promise<StoredRecord | undefined> {
  let stored: readonly (Buffer | null)[];
  try {
    stored = await redis.hmgetBuffer(key, ...fields);
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
    return { problem: messageOf(error) };
  }
  if (stored.every((value) => value === null)) return undefined;
  const values: unknown[] = [];
  for (const [index, bytes] of stored.entries()) {
    const text = bytes === null ? null : await decodeInTurns(bytes);
    const field = fields[index] ?? '';
    if (text === null || !jsonFields.includes(field)) {
      values.push(text);
      continue;
    }
    const { data, problem } = await readJsonInTurns(text, z.unknown());
    if (problem !== undefined) return { problem: `${field}: ${problem}` };
    values.push(data);
  }
  const apart = await readFilesApart(values);
  if (apart.problem !== undefined) return { problem: apart.problem };
  const { success, data, error } = storedSchema.safeParse(apart.values, { error: plainIssue });
  if (!success) return { problem: z.prettifyError(error) };
  return { record: withFiles(data, apart.files) };
}

type ReadApart =
  | { readonly values: readonly unknown[]; readonly files: readonly CollectedFile[]; readonly problem?: undefined }
  | { readonly problem: string };

/** Checks the files of an outcome that has many, some at a time; the outcome is left without them. */
async function readFilesApart(values: readonly unknown[]): Promise<ReadApart> {
  const outcome = manyFilesSchema.safeParse(values.at(-1)).data;
  if (outcome === undefined) return { values, files: [] };
  const { collected, ...rest } = outcome;
  const files: CollectedFile[] = [];
  for (let from = 0; from < collected.files.length; from += filesTogether) {
    await nextTurn();
    const some = filesSchema.safeParse(collected.files.slice(from, from + filesTogether), { error: plainIssue });
    if (!some.success) return { problem: `outcome: collected: files: ${z.prettifyError(some.error)}` };
    files.push(...some.data);
  }
  return { values: [...values.slice(0, -1), { ...rest, collected: { ...collected, files: [] } }], files };
}

function withFiles(record: ExecutionRecord, files: readonly CollectedFile[]): ExecutionRecord {
  if (files.length === 0 || record.state !== 'finished' || record.outcome.collected === undefined) return record;
  const { outcome } = record;
  return { ...record, outcome: { ...outcome, collected: { ...record.outcome.collected, files: [...files] } } };
}

/** @throws ExecError INTERNAL for a record that this agent cannot read */
export async function readRecord(redis: AnyRedis, key: string): Promise<ExecutionRecord | undefined> {
  const stored = await readStored(redis, key);
  if (stored?.problem === undefined) return stored?.record;
  throw new ExecError('INTERNAL', `The record ${key} cannot be read: ${stored.problem}.`);
}
