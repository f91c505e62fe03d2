import type { ExecutionSummary as StoredSummary } from '../../../queue/execution-queue.ts';
import type { ExecutionSummary } from '../../../wire/http.ts';
import type { ExecutionRecord } from '../../../wire/record.ts';
import type { HttpOptions } from '../http-options.ts';

/** A record as text: the answer in it keeps every digit of every number. */
export function viewText(record: ExecutionRecord, { answerTo }: Pick<HttpOptions, 'answerTo'>): string {
  const text = JSON.stringify(summaryOf(record));
  return record.state === 'finished' ? `${text.slice(0, -1)},"response":${answerTo(record)}}` : text;
}

function summaryOf(record: ExecutionRecord): ExecutionSummary {
  const { plan, state, submittedAt } = record;
  const outcome = record.state === 'finished' ? record.outcome : undefined;
  const attempt = record.state === 'queued' ? undefined : record.attempt;
  return listedOf({
    id: plan.id,
    correlationId: plan.correlationId,
    state,
    name: plan.name,
    image: plan.steps[0]?.image.reference ?? '',
    tags: plan.tags,
    submittedAt,
    finishedAt: outcome?.finishedAt,
    code: outcome === undefined ? undefined : (outcome.failure?.code ?? 'OK'),
    agent: attempt?.agent,
  });
}

export function listedOf(stored: StoredSummary): ExecutionSummary {
  const { finishedAt, name, code, agent } = stored;
  return {
    execution_id: stored.id,
    correlation_id: stored.correlationId,
    state: stored.state,
    ...(name === undefined ? {} : { name }),
    image: stored.image,
    tags: stored.tags,
    submitted_at: new Date(stored.submittedAt).toISOString(),
    ...(finishedAt === undefined ? {} : { finished_at: new Date(finishedAt).toISOString() }),
    ...(code === undefined ? {} : { code }),
    ...(agent === undefined ? {} : { agent }),
  };
}
