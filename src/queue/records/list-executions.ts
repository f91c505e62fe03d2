import { z } from 'zod';
import type { AnyRedis } from '../../support/any-redis.ts';
import { ExecError } from '../../support/exec-error.ts';
import { readJson } from '../../support/json/read-json.ts';
import { executionFactsSchema } from '../../wire/live.ts';
import type { ExecutionSummary, Listed, ListFilter, ListPage } from '../execution-queue.ts';
import type { QueueKeys } from '../keys.ts';
import { carries, type Labels, placementText } from '../placement.ts';
import { completeIndexes } from './complete-indexes.ts';
import { readReason } from './failure-reason.ts';
import { indexGroupsFor } from './index-names.ts';

// How many entries of the smallest index are looked at in one go.
const chunk = 200;
// A page ends after so many records that no index could rule out.
const mostLooks = 5000;
// A page ends with the entry that fills it, in characters of JSON: tags can be long.
const pageLength = 1024 ** 2;
// How many entries are read together: what is read for nothing when a page is full.
const readTogether = 50;

interface Position {
  readonly submittedAt: number;
  readonly id: string;
}

interface ListQuery {
  readonly filter: ListFilter;
  readonly page: ListPage;
  /** Labels of the running agents; asked for when something waits for labels. */
  readonly agents: () => Promise<readonly Labels[]>;
}

/**
 * One page, newest first; it may have fewer entries than asked for although more follow. The smallest group of indexes that
 * the filter names is read in order, and what the other groups do not hold is passed over: a page costs no more the further
 * back it lies. A filter that needs a look at each record ends the page after a number of them.
 */
export async function listExecutions(
  redis: AnyRedis,
  keys: QueueKeys,
  { filter, page: { limit, cursor }, agents }: ListQuery,
): Promise<Listed> {
  const { tenant, states, codes } = filter;
  if (tenant !== undefined && (states ?? codes) !== undefined) await completeIndexes(redis, keys, tenant);
  const groups = indexGroupsFor(filter).map((names) => names.map((name) => keys.index(name)));
  const { smallest, others } = await splitGroups(redis, groups);
  const found: Position[] = [];
  let position = cursor === undefined ? undefined : parseCursor(cursor);
  let looked = 0;
  let isLast = false;
  while (!isLast && found.length <= limit && looked < mostLooks) {
    const candidates = await readBefore(redis, smallest, position, filter);
    const listed = await areInAll(redis, others, candidates);
    const { kept, looks } = await matchRecords(redis, keys, filter, listed);
    found.push(...kept);
    looked += looks;
    position = candidates.at(-1) ?? position;
    isLast = candidates.length < chunk;
  }
  const { executions, read } = await readPage(redis, keys, found.slice(0, limit));
  const last = found.length > read ? found[read - 1] : isLast ? undefined : position;
  return {
    executions: await withMissingLabels(executions, agents),
    ...(last === undefined ? {} : { next: cursorOf(last) }),
  };
}

/** Of the groups, the one with the fewest entries is read; the others are asked for each. */
async function splitGroups(redis: AnyRedis, groups: readonly (readonly string[])[]) {
  const sizes = await Promise.all(
    groups.map(async (group) => {
      const counts = await Promise.all(group.map((index) => redis.zcard(index)));
      return counts.reduce((sum, count) => sum + count, 0);
    }),
  );
  const smallest = groups[sizes.indexOf(Math.min(...sizes))] ?? [];
  return { smallest, others: groups.filter((group) => group !== smallest) };
}

interface PlacedSummary extends ExecutionSummary {
  readonly placement?: Labels | undefined;
}

/** Says which of those that wait do so for labels that no running agent has. */
async function withMissingLabels(
  executions: readonly PlacedSummary[],
  agents: ListQuery['agents'],
): Promise<readonly ExecutionSummary[]> {
  const asks = executions.some(({ state, placement }) => state === 'queued' && placement !== undefined);
  const running = asks ? await agents() : [];
  return executions.map(({ placement, ...summary }) =>
    summary.state !== 'queued' || placement === undefined || running.some((labels) => carries(labels, placement))
      ? summary
      : { ...summary, waitsFor: placementText(placement) },
  );
}

/** @returns `read`: how many of the positions are on the page, or have nothing that can be shown */
async function readPage(redis: AnyRedis, keys: QueueKeys, positions: readonly Position[]) {
  const executions: PlacedSummary[] = [];
  let read = 0;
  let length = 0;
  while (read < positions.length && length < pageLength) {
    const lot = positions.slice(read, read + readTogether);
    for (const summary of await Promise.all(lot.map(({ id }) => readSummary(redis, keys.execution(id), id)))) {
      if (length >= pageLength) break;
      read += 1;
      if (summary === undefined) continue;
      executions.push(summary);
      length += JSON.stringify(summary).length;
    }
  }
  return { executions, read };
}

/** Where a page goes on behind an execution. */
export function cursorOf({ submittedAt, id }: Position): string {
  return `${submittedAt}-${id}`;
}

function parseCursor(cursor: string): Position {
  const match = /^(\d+)-([0-9a-f-]{36})$/.exec(cursor);
  const [, submittedAt, id] = match ?? [];
  if (submittedAt === undefined || id === undefined)
    throw new ExecError('INVALID_REQUEST', 'The cursor is not one that a page ended with. Begin without one.');
  return { submittedAt: Number(submittedAt), id };
}

/** The next entries of all the indexes after the position, each once. */
async function readBefore(
  redis: AnyRedis,
  indexes: readonly string[],
  position: Position | undefined,
  filter: ListFilter,
): Promise<readonly Position[]> {
  const read = await Promise.all(indexes.map((index) => readIndexBefore(redis, index, position, filter)));
  // An execution that changes its state while two indexes are read may be in both.
  const byId = new Map(read.flat().map((candidate) => [candidate.id, candidate]));
  return [...byId.values()].sort(compareNewestFirst).slice(0, chunk);
}

/**
 * The next entries after the position. Those of its own millisecond are ordered by id, downwards, so it is found again
 * among them although it may be gone itself.
 */
async function readIndexBefore(
  redis: AnyRedis,
  index: string,
  position: Position | undefined,
  { since = 0, until = Number.MAX_SAFE_INTEGER }: ListFilter,
): Promise<readonly Position[]> {
  const newest = Math.min(until, position?.submittedAt ?? until);
  const after: Position[] = [];
  for (let offset = 0; after.length < chunk; offset += chunk) {
    const pairs = await redis.zrevrangebyscore(index, newest, since, 'WITHSCORES', 'LIMIT', offset, chunk);
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const candidate = { id: pairs[at] ?? '', submittedAt: Number(pairs[at + 1]) };
      if (position === undefined || compareNewestFirst(candidate, position) > 0) after.push(candidate);
    }
    if (pairs.length < 2 * chunk) break;
  }
  return after;
}

/** The order of a list: newest first, and those of one millisecond by id, downwards. */
function compareNewestFirst(a: Position, b: Position): number {
  if (a.submittedAt !== b.submittedAt) return b.submittedAt - a.submittedAt;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

async function areInAll(
  redis: AnyRedis,
  groups: readonly (readonly string[])[],
  candidates: readonly Position[],
): Promise<readonly Position[]> {
  if (groups.length === 0) return candidates;
  const isIn = async (group: readonly string[], id: string) =>
    (await Promise.all(group.map((index) => redis.zscore(index, id)))).some((score) => score !== null);
  const inAll = await Promise.all(
    candidates.map(async ({ id }) => (await Promise.all(groups.map((group) => isIn(group, id)))).every(Boolean)),
  );
  return candidates.filter((_, index) => inAll[index]);
}

/** Those of the candidates that the filter lets through by what no index holds. */
async function matchRecords(redis: AnyRedis, keys: QueueKeys, filter: ListFilter, candidates: readonly Position[]) {
  const { idPrefix = '', prefix, agent } = filter;
  const begun = candidates.filter(({ id }) => id.startsWith(idPrefix));
  if (prefix === undefined && agent === undefined) return { kept: begun, looks: 0 };
  const matches = await Promise.all(
    begun.map(async ({ id }) => {
      const summary = await readSummary(redis, keys.execution(id), id);
      if (summary === undefined || (agent !== undefined && summary.agent !== agent)) return false;
      const names = [id, summary.correlationId, summary.name];
      return prefix === undefined || names.some((name) => name?.startsWith(prefix) === true);
    }),
  );
  return { kept: begun.filter((_, index) => matches[index]), looks: begun.length };
}

const summarySchema = z.tuple([
  z.enum(['queued', 'staging', 'running', 'collecting', 'finished']),
  z.string(),
  z.coerce.number(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
]);

async function readSummary(redis: AnyRedis, key: string, id: string): Promise<PlacedSummary | undefined> {
  const stored = await redis.hmget(key, 'state', 'meta', 'submitted', 'finished', 'code', 'agent', 'started', 'reason');
  const [state, metaText, submittedAt, finishedAt, code, agent, startedAt, reason] =
    summarySchema.safeParse(stored).data ?? [];
  const { data: facts } = readJson(metaText ?? '', executionFactsSchema);
  // One that cannot be read is set aside by the agent that takes it; the list goes without it.
  if (state === undefined || submittedAt === undefined || facts === undefined) return undefined;
  return {
    id,
    correlationId: facts.correlationId,
    tenant: facts.tenant,
    state,
    name: facts.name,
    image: facts.image,
    tags: facts.tags,
    placement: facts.placement,
    submittedAt,
    startedAt: typeof startedAt === 'string' ? Number(startedAt) : undefined,
    finishedAt: typeof finishedAt === 'string' ? Number(finishedAt) : undefined,
    code: code ?? undefined,
    reason: readReason(reason ?? null),
    agent: agent ?? undefined,
  };
}
