import { metaOf } from '../../queue/meta-of.ts';
import type { ExecutionEvent } from '../../wire/live.ts';
import type { HttpOptions } from './http-options.ts';

export interface EventRequest {
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Absent: of all that the tenant has. */
  readonly executionId?: string;
}

// A client that is this far behind is let go; it comes again and asks how things stand.
const mostWaiting = 10_000;

/** Changes of state as they happen; those of one execution begin with what it is now and end when it has finished. */
export async function* stateEvents(
  { tenant, signal, executionId }: EventRequest,
  { events, queue, clock }: Pick<HttpOptions, 'events' | 'queue' | 'clock'>,
): AsyncGenerator<ExecutionEvent> {
  const heard: ExecutionEvent[] = [];
  let wake: () => void = () => undefined;
  const stop = await events.hear((event) => {
    if (event.tenant === tenant) heard.push(event);
    wake();
  }, executionId);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    const now = executionId === undefined ? undefined : await currentState(executionId, { queue, clock });
    if (now !== undefined) yield now;
    if (now?.state === 'finished') return;
    while (!signal.aborted && heard.length < mostWaiting) {
      const event = heard.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (heard.length > 0 || signal.aborted) resolve();
        });
        continue;
      }
      // What was heard while the state was read may be that very state.
      if (event.state === now?.state && event.at <= now.at) continue;
      yield event;
      if (executionId !== undefined && event.state === 'finished') return;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

async function currentState(
  executionId: string,
  { queue, clock }: Pick<HttpOptions, 'queue' | 'clock'>,
): Promise<ExecutionEvent | undefined> {
  const record = await queue.findAnyones(executionId);
  if (record === undefined) return undefined;
  const { state, plan } = record;
  if (state !== 'finished') return { ...metaOf(plan), state, at: clock.now() };
  const { failure, finishedAt } = record.outcome;
  return { ...metaOf(plan), state, at: finishedAt, code: failure?.code ?? 'OK' };
}
