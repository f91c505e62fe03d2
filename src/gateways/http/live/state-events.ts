import type { ExecutionQueue } from '../../../queue/execution-queue.ts';
import { onAbort } from '../../../support/abort/on-abort.ts';
import { type ExecutionEvent, executionFactsOf } from '../../../wire/live.ts';
import type { HttpOptions } from '../http-options.ts';

type StateSources = Pick<HttpOptions, 'events' | 'clock'> & { readonly queue: Pick<ExecutionQueue, 'findAnyones'> };

export interface EventRequest {
  /** Absent: of all tenants. */
  readonly tenant?: string;
  readonly signal: AbortSignal;
  /** Ends the connection of a reader that does not read. */
  readonly cut: () => void;
  /** Absent: of all that the tenant has. */
  readonly executionId?: string;
}

// A reader that is further behind is cut; it connects again and reads the current states.
const mostWaiting = 10_000;
const mostWaitingBytes = 1024 ** 2;

/** Changes of state as they happen; those of one execution begin with what it is now and end when it has finished. */
export async function* stateEvents(
  { tenant, signal, cut, executionId }: EventRequest,
  { events, queue, clock }: StateSources,
): AsyncGenerator<ExecutionEvent> {
  const received: ExecutionEvent[] = [];
  let wake: () => void = () => undefined;
  let waitingBytes = 0;
  let isCut = false;
  const stop = await events.subscribe((event) => {
    if ((tenant !== undefined && event.tenant !== tenant) || isCut) return;
    received.push(event);
    waitingBytes += bytesOf(event);
    if (received.length > mostWaiting || waitingBytes > mostWaitingBytes) {
      isCut = true;
      received.length = 0;
      cut();
    }
    wake();
  }, executionId);
  const release = onAbort(signal, () => wake());
  try {
    const now = executionId === undefined ? undefined : await currentState(executionId, { queue, clock });
    if (now !== undefined) yield now;
    if (now?.state === 'finished') return;
    while (!signal.aborted && !isCut) {
      const event = received.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (received.length > 0 || signal.aborted || isCut) resolve();
        });
        continue;
      }
      waitingBytes -= bytesOf(event);
      // What was received while the state was read may be that very state.
      if (event.state === now?.state && event.at <= now.at) continue;
      yield event;
      if (executionId !== undefined && event.state === 'finished') return;
    }
  } finally {
    stop();
    release();
  }
}

function bytesOf(event: ExecutionEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
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
