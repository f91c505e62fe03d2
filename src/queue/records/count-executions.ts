import { z } from 'zod';
import type { AnyRedis } from '../../support/any-redis.ts';
import { executionStateSchema } from '../../wire/live.ts';
import { errorCodeNames } from '../../wire/response/error-codes.ts';
import type { CountPeriod, Counts, CountsByName } from '../execution-queue.ts';
import type { QueueKeys } from '../keys.ts';
import { completeIndexes } from './complete-indexes.ts';
import { indexName } from './index-names.ts';

const states = executionStateSchema.options;
const codes = ['OK', ...errorCodeNames];

interface Span {
  readonly since: number;
  readonly until: number;
}

/** Counts by the indexes alone, without a look at any record. */
export async function countExecutions(redis: AnyRedis, keys: QueueKeys, period: CountPeriod): Promise<Counts> {
  const { tenant, since, until, parts } = period;
  if (tenant !== undefined) await completeIndexes(redis, keys, tenant);
  const ofStates = (names: readonly string[]): Indexes =>
    names.map((name) => [name, keys.index(indexName.state(name, tenant))]);
  const ofCodes = (names: readonly string[]): Indexes =>
    names.map((name) => [name, keys.index(indexName.code(name, tenant))]);
  const [total = none] = await countSpans(redis, [{ since, until }], ofStates(states), ofCodes(codes));
  const spans = spansOf({ since, until }, parts);
  // What the whole period has none of, no part of it has.
  const foundStates = states.filter((name) => total.states[name] !== undefined);
  const history = await countSpans(redis, spans, ofStates(foundStates), ofCodes(Object.keys(total.codes)));
  return { ...total, history: spans.map(({ since: from }, at) => ({ since: from, ...(history[at] ?? none) })) };
}

const none: CountsByName = { states: {}, codes: {} };

function spansOf({ since, until }: Span, parts: number): readonly Span[] {
  const at = (part: number) => Math.round(since + ((until - since) * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({ since: at(part), until: at(part + 1) }));
}

type Indexes = readonly (readonly [name: string, index: string])[];

async function countSpans(
  redis: AnyRedis,
  spans: readonly Span[],
  ofStates: Indexes,
  ofCodes: Indexes,
): Promise<readonly CountsByName[]> {
  const pipeline = redis.pipeline();
  for (const { since, until } of spans)
    for (const [, index] of [...ofStates, ...ofCodes]) pipeline.zcount(index, since, `(${until}`);
  const counts = ((await pipeline.exec()) ?? []).map(([error, count]) => {
    if (error !== null) throw error;
    return z.number().parse(count);
  });
  const width = ofStates.length + ofCodes.length;
  return spans.map((_, span) => {
    const ofSpan = counts.slice(span * width, (span + 1) * width);
    return { states: named(ofStates, ofSpan), codes: named(ofCodes, ofSpan.slice(ofStates.length)) };
  });
}

function named(indexes: Indexes, counts: readonly number[]): Readonly<Record<string, number>> {
  const found = indexes.map(([name], at) => [name, counts[at] ?? 0] as const);
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}
