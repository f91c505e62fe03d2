import type { ExecutionQueue } from '../../../queue/execution-queue.ts';
import { type ExecutionEvent, executionFactsOf } from '../../../wire/live.ts';
import type { HttpOptions } from '../http-options.ts';
import { type FeedRequest, openEventFeed } from './event-feed.ts';

type StateSources = Pick<HttpOptions, 'events' | 'clock'> & { readonly queue: Pick<ExecutionQueue, 'findAnyones'> };

/** Changes of state as they happen; those of one execution begin with what it is now and end when it has finished. */
export async function* stateEvents(request: FeedRequest, sources: StateSources): AsyncGenerator<ExecutionEvent> {
  const { executionId } = request;
  const feed = await openEventFeed(request, sources);
  try {
    const now = executionId === undefined ? undefined : await currentState(executionId, sources);
    if (now !== undefined) yield now;
    if (now?.state === 'finished') return;
    for (let event = await feed.next(); event !== undefined; event = await feed.next()) {
      // What was received while the state was read may be that very state.
      if (event.state === now?.state && event.at <= now.at) continue;
      yield event;
      if (executionId !== undefined && event.state === 'finished') return;
    }
  } finally {
    feed.close();
  }
}

async function currentState(
  executionId: string,
  { queue, clock }: Omit<StateSources, 'events'>,
): Promise<ExecutionEvent | undefined> {
  const record = await queue.findAnyones(executionId);
  if (record === undefined) return undefined;
  const { state, plan } = record;
  if (state !== 'finished') return { ...executionFactsOf(plan), state, at: clock.now() };
  const { failure, finishedAt } = record.outcome;
  return { ...executionFactsOf(plan), state, at: finishedAt, code: failure?.code ?? 'OK' };
}
