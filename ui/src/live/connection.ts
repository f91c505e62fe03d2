import { signal } from '@preact/signals';
import { ApiError } from '../api/call.ts';
import type { ExecutionEvent } from '../api/executions.ts';
import { getSession } from '../api/session.ts';

/** Since when there is no connection to the agent, and when the next attempt is made; undefined while there is one. */
export const offline = signal<{ readonly since: number; readonly nextAt: number } | undefined>(undefined);

type Listener = (event: ExecutionEvent | 'reconnected') => void;

const listeners = new Set<Listener>();
const firstPauseMs = 1000;
const longestPauseMs = 30_000;
let source: EventSource | undefined;
let pauseMs = firstPauseMs;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Calls back for each change of state, and after a time without connection, when states must be read again. */
export function onStateChange(listener: Listener): () => void {
  listeners.add(listener);
  if (source === undefined) open();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
}

export function retryNow(): void {
  pauseMs = firstPauseMs;
  open();
}

function open(): void {
  clearTimeout(retry);
  source?.close();
  source = new EventSource('/v1/events');
  source.addEventListener('open', () => {
    const wasOffline = offline.value !== undefined;
    offline.value = undefined;
    pauseMs = firstPauseMs;
    if (wasOffline) tell('reconnected');
  });
  source.addEventListener('state', ({ data }) => {
    const event: ExecutionEvent = JSON.parse(data);
    tell(event);
  });
  source.addEventListener('error', () => {
    source?.close();
    offline.value = { since: offline.value?.since ?? Date.now(), nextAt: Date.now() + pauseMs };
    retry = setTimeout(open, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    // An event source does not tell a refusal from a broken connection.
    getSession().catch((error: unknown) => {
      if (error instanceof ApiError && [401, 403].includes(error.status)) offline.value = undefined;
    });
  });
}

function tell(event: ExecutionEvent | 'reconnected'): void {
  for (const listener of listeners) listener(event);
}
