import type { AgentEntry } from '../../../queue/agent-registry.ts';
import type { QueuePlace, ExecutionSummary as StoredSummary } from '../../../queue/execution-queue.ts';
import { encodeInTurns, smallText } from '../../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../../support/time/next-turn.ts';
import type { AgentList } from '../../../wire/http/agents.ts';
import type { ExecutionSummary } from '../../../wire/http/executions.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import { describe } from '../../../wire/sentence.ts';
import { partNames } from '../../message/part-names.ts';
import type { HttpOptions } from '../http-options.ts';

/**
 * A record as JSON: the answer in it keeps every digit of every number. Bytes, which the server sends as they are; others
 * run while those of a large one are made.
 */
export async function viewBody(record: ExecutionRecord, { answerTo }: Pick<HttpOptions, 'answerTo'>): Promise<Buffer> {
  if (record.state !== 'finished') return Buffer.from(executionOf(record, undefined));
  // Reading a large record has just taken its time.
  await nextTurn();
  const answer = await answerTo(record);
  if (answer.length > smallText) await nextTurn();
  return encodeInTurns(executionOf(record, answer));
}

/** As JSON, with the place of one that waits. */
export async function viewWithPlace(record: ExecutionRecord, options: Pick<HttpOptions, 'answerTo' | 'queue'>) {
  const place = record.state === 'queued' ? await options.queue.placeOf(record.plan.id) : undefined;
  if (place === undefined) return viewBody(record, options);
  return Buffer.from(JSON.stringify({ ...summaryOf(record), queue: describePlace(place) }));
}

function describePlace({
  ahead,
  isLeast,
  isPaused,
  notBefore,
  estimatedStartAt,
}: QueuePlace): ExecutionSummary['queue'] {
  return {
    ahead,
    ...(isLeast ? { ahead_at_least: true } : {}),
    ...(estimatedStartAt === undefined ? {} : { estimated_start_at: new Date(estimatedStartAt).toISOString() }),
    ...(notBefore === undefined ? {} : { not_before: new Date(notBefore).toISOString() }),
    ...(isPaused ? { paused: true } : {}),
  };
}

/** @param response as JSON */
export function executionOf(record: ExecutionRecord, response: string | undefined): string {
  const text = JSON.stringify(summaryOf(record));
  return response === undefined ? text : `${text.slice(0, -1)},"response":${response}}`;
}

export function summaryOf(record: ExecutionRecord): ExecutionSummary {
  const { plan, state, submittedAt } = record;
  const outcome = record.state === 'finished' ? record.outcome : undefined;
  const attempt = record.state === 'queued' ? undefined : record.attempt;
  const step = stepOf(record);
  const summary = listedOf({
    id: plan.id,
    correlationId: plan.correlationId,
    tenant: plan.tenant,
    state,
    name: plan.name,
    image: plan.steps[0]?.image.reference ?? '',
    tags: plan.tags,
    submittedAt,
    startedAt: startOf(record),
    finishedAt: outcome?.finishedAt,
    code: outcome === undefined ? undefined : (outcome.failure?.code ?? 'OK'),
    reason: outcome?.failure?.message,
    agent: attempt?.agent,
  });
  return step === undefined ? summary : { ...summary, step };
}

function stepOf(record: ExecutionRecord): ExecutionSummary['step'] {
  const { length } = record.plan.steps;
  return record.state === 'running' && length > 1 ? { number: record.step + 1, of: length } : undefined;
}

/** Of the container; one that never ran has none. */
function startOf(record: ExecutionRecord): number | undefined {
  if (record.state === 'running' || record.state === 'collecting') return record.startedAt;
  if (record.state !== 'finished') return undefined;
  const first = record.outcome.steps[0]?.startedAt;
  return first === undefined ? undefined : Math.round(first);
}

export function listedOf(stored: StoredSummary): ExecutionSummary {
  const { startedAt, finishedAt, name, code, reason, agent, waitsFor } = stored;
  return {
    execution_id: stored.id,
    correlation_id: stored.correlationId,
    tenant: stored.tenant,
    state: stored.state,
    ...(name === undefined ? {} : { name }),
    image: stored.image,
    tags: stored.tags,
    submitted_at: new Date(stored.submittedAt).toISOString(),
    ...(startedAt === undefined ? {} : { started_at: new Date(startedAt).toISOString() }),
    ...(finishedAt === undefined ? {} : { finished_at: new Date(finishedAt).toISOString() }),
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { error: describe(reason, partNames) }),
    ...(agent === undefined ? {} : { agent }),
    ...(waitsFor === undefined ? {} : { waits_for: waitsFor }),
  };
}

export function agentOf({ startedAt, seenAt, home: _, ...entry }: AgentEntry): AgentList['agents'][number] {
  return { ...entry, started_at: new Date(startedAt).toISOString(), seen_at: new Date(seenAt).toISOString() };
}
