import { signal } from '@preact/signals';
import { readEventStream } from '../../../src/client/http/event-stream.ts';
import { ApiError, call, heardAt } from '../api/call.ts';
import type { ExecutionEvent } from '../api/executions.ts';
import { seesTenants } from '../api/session.ts';
import { pauseBeforeRetry } from './pause-before-retry.ts';
import { inUse } from './tab-in-use.ts';

/** Since when there is no connection to the agent, and when the next attempt is made; undefined while there is one. */
export const offline = signal<{ readonly since: number; readonly nextAt: number } | undefined>(undefined);

type Listener = (event: ExecutionEvent | 'missed') => void;

const listeners = new Set<Listener>();
const refused = [401, 403];
let stream: AbortController | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
/** The last event that was seen: a new connection continues behind it. */
let last: string | undefined;

/** Calls back for each change of state, and with `missed` where some are lost, so that states must be read again. */
export function onStateChange(listener: Listener): () => void {
  listeners.add(listener);
  if (stream === undefined && inUse.value) void open();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    close();
    last = undefined;
  };
}

function close(): void {
  clearTimeout(retry);
  stream?.abort();
  stream = undefined;
}

inUse.subscribe((isInUse) => {
  if (!isInUse) close();
  else if (stream === undefined && listeners.size > 0) void open();
});

export function retryNow(): void {
  void open();
}

async function open(): Promise<void> {
  close();
  const opened = new AbortController();
  stream = opened;
  try {
    const resumed = last === undefined ? {} : { 'last-event-id': last };
    const headers = { accept: 'text/event-stream', ...resumed };
    const response = await call(seesTenants() ? '/v1/events?tenant=*' : '/v1/events', {
      headers,
      signal: opened.signal,
    });
    offline.value = undefined;
    // Without an event to continue behind, what happened since the states were read is not known.
    if (last === undefined) tell('missed');
    for await (const { event, id, data } of readEventStream(response.body ?? new ReadableStream())) {
      if (opened.signal.aborted) return;
      last = id ?? last;
      heardAt.value = Date.now();
      if (event === 'gap') tell('missed');
      if (event === 'state') tell(JSON.parse(data));
    }
  } catch (error) {
    if (error instanceof ApiError && refused.includes(error.status)) {
      offline.value = undefined;
      return;
    }
  }
  if (opened.signal.aborted) return;
  const since = offline.value?.since ?? Date.now();
  const pauseMs = pauseBeforeRetry(Date.now() - since);
  offline.value = { since, nextAt: Date.now() + pauseMs };
  retry = setTimeout(() => void open(), pauseMs);
}

function tell(event: ExecutionEvent | 'missed'): void {
  for (const listener of listeners) listener(event);
}
