import { onAbort } from '../../../support/abort/on-abort.ts';
import type { ExecutionEvent } from '../../../wire/live.ts';
import type { HttpOptions } from '../http-options.ts';

export interface FeedRequest {
  /** Absent: of all tenants. */
  readonly tenant?: string | undefined;
  readonly signal: AbortSignal;
  /** Ends the connection of a reader that does not read. */
  readonly cut: () => void;
  /** Absent: of all that the tenant has. */
  readonly executionId?: string | undefined;
}

/** Changes of state since it was opened, as far as the reader is not too far behind. */
export interface EventFeed {
  /** Undefined: there are no more. */
  next(): Promise<ExecutionEvent | undefined>;
  close(): void;
}

// A reader that is further behind is cut; it connects again.
const mostWaiting = 10_000;
const mostWaitingBytes = 1024 ** 2;

/** Nothing that happens after this has resolved is missed. */
export async function openEventFeed(
  { tenant, signal, cut, executionId }: FeedRequest,
  { events }: Pick<HttpOptions, 'events'>,
): Promise<EventFeed> {
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
  const release = onAbort(signal, () => {
    stop();
    wake();
  });
  return {
    async next() {
      while (!signal.aborted && !isCut) {
        const event = received.shift();
        if (event !== undefined) {
          waitingBytes -= bytesOf(event);
          return event;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (received.length > 0 || signal.aborted || isCut) resolve();
        });
      }
      return undefined;
    },
    close() {
      stop();
      release();
    },
  };
}

function bytesOf(event: ExecutionEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}
